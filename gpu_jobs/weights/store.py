"""Model files: what `weights.lock` promises is what an engine gets, or a clear error.

The lock names every file that an engine may open, with its sha256, size, licence and where set-up
takes it from. `WeightStore.path` hands out a file only after its hash was checked. Hashing 100 MB
at each start costs half a second, so a passed check is remembered beside the files by size,
modification time and boot of the machine: nothing else writes there, and a write that a crash of
the machine cut short shows after the next boot. With a source, what is missing or broken is
fetched.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from dh_core.errors import DigitalHumanError

LOCK = Path(__file__).with_name("weights.lock")
MARKER = ".verified.json"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class WeightsMissing(DigitalHumanError):
    """A model file is absent or is not the one that the lock names."""

    code = "weights_missing"
    default_message = "The model files are not set up; run `make setup`."


class WeightsBroken(DigitalHumanError):
    """A model file that an operator put there cannot be read or does not fit its network."""

    code = "weights_broken"
    default_message = "A model file is damaged; copy it again from where it is published."


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What tells a model file from every other: `name` below the folder, hash, size in bytes."""

    name: str
    sha256: str
    size: int


class WeightSource(Protocol):
    """Where missing files are fetched from."""

    def bring(self, file: FileFacts, folder: Path, is_there: Callable[[], bool]) -> None:
        """Write a file below `folder`, whole and verified, unless `is_there` by then.

        Raises WeightsMissing, WeightsBroken and TransientError.
        """

    def files_of(self, model: str) -> tuple[FileFacts, ...]:
        """The files of an operator's model, named as below the folder. Raises as `bring`."""


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One entry of the lock. `sources` as `pypi:PACKAGE==VERSION:path` or `npm:P@V:path`.

    `optional` names the set that the file belongs to; empty for what everybody needs.
    """

    name: str
    version: str
    sha256: str
    size: int
    licence: str
    recipe: str
    sources: tuple[str, ...]
    optional: str = ""

    @property
    def facts(self) -> FileFacts:
        """What there is to verify."""
        return FileFacts(self.name, self.sha256, self.size)


def read_lock(lock: Path = LOCK) -> dict[str, WeightFile]:
    """The lock's entries by file name, in the lock's order."""
    entries = tomllib.loads(lock.read_text(encoding="utf-8"))["file"]
    files = (WeightFile(**{**entry, "sources": tuple(entry["sources"])}) for entry in entries)
    return {file.name: file for file in files}


def sha256_of(path: Path) -> str:
    """Hex digest of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class WeightStore:
    """The verified model files of one folder.

    `lock` is the list to verify against; the default is the one shipped with this package.
    Without a `source` the files must be there.
    """

    def __init__(
        self, folder: Path, lock: Path = LOCK, *, source: WeightSource | None = None
    ) -> None:
        self._folder = folder
        self._source = source
        self._files = read_lock(lock)
        self._verified = _read_marker(folder / MARKER)

    def path(self, name: str) -> Path:
        """Local path of the file called `name` in the lock; raises WeightsMissing.

        With a source, also WeightsBroken and TransientError.
        """
        wanted = self._files.get(name)
        if wanted is None:
            raise WeightsMissing(f"{name} is not in weights.lock; add it there and to set-up.")
        path = self._folder / name
        if self._source is not None:
            self._bring(self._source, wanted.facts)
            return path
        if not path.is_file():
            command = f"make setup-{wanted.optional}" if wanted.optional else "make setup"
            raise WeightsMissing(f"The model file {name} is missing; run `{command}`.")
        if not self._holds(wanted.facts):
            raise WeightsMissing(
                f"The model file {name} is not the one in weights.lock (wrong size or sha256); "
                "run `make setup` to fetch it again."
            )
        return path

    def operator_folder(self, name: str) -> Path:
        """The folder of models called `name` that the operator provides beside the locked files.

        Without a source it need not exist: who opens a file there says which one is missing.
        """
        if self._source is not None:
            for file in self._source.files_of(name):
                self._bring(self._source, file)
        return self._folder / name

    def _bring(self, source: WeightSource, file: FileFacts) -> None:
        if not self._holds(file):
            source.bring(file, self._folder, lambda: self._holds(file))
            self._remember(file)

    def _holds(self, file: FileFacts) -> bool:
        path = self._folder / file.name
        if not path.is_file():
            return False
        if self._verified.get(file.name) == _seen(path, file):
            return True
        if path.stat().st_size != file.size or sha256_of(path) != file.sha256:
            return False
        self._remember(file)
        return True

    def _remember(self, file: FileFacts) -> None:
        """Note that a file was verified, beside what other processes noted meanwhile."""
        marker = self._folder / MARKER
        self._verified = _read_marker(marker) | self._verified
        self._verified[file.name] = _seen(self._folder / file.name, file)
        _write_marker(marker, self._verified)


def _seen(path: Path, file: FileFacts) -> list[object]:
    stat = path.stat()
    return [file.sha256, stat.st_size, stat.st_mtime_ns, _boot()]


@cache
def _boot() -> str:
    """Which boot of the machine this is; empty where Linux's answer is not to be had."""
    return BOOT_ID.read_text(encoding="ascii").strip() if BOOT_ID.exists() else ""


def _read_marker(path: Path) -> dict[str, list[object]]:
    try:
        verified = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}  # the marker only saves time: without it every file is hashed once more
    return verified if isinstance(verified, dict) else {}


def _write_marker(path: Path, verified: dict[str, list[object]]) -> None:
    """Replace the marker in one step: several jobs may start on one folder together."""
    if not os.access(path.parent, os.W_OK):
        return  # a read-only image: the hash is checked at each start instead
    # Containers that share the folder may well have the same process id.
    draft = path.with_name(f"{MARKER}.{uuid.uuid4().hex}")
    draft.write_text(json.dumps(verified), encoding="utf-8")
    draft.replace(path)
