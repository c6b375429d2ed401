"""Model files from the operator's bucket, into a folder that the containers of a machine share.

    {prefix}/{sha256}/{file name}      one file, the same for every release that wants it
    {prefix}/{model}/manifest.json     the files of an operator's model, published last

Keys are made from the content, so an old and a new release find theirs during a deployment, and
publishing never replaces what a worker is reading. A file is fetched when an engine first asks
for it, hashed while it arrives, and renamed when it is whole; whoever else wants it waits at its
lock (`flock`, which ends with its process) and finds it there.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Self
from urllib.parse import urlsplit

from dh_core.cloud.media_store import MediaStore, ObjectMissing, Writable
from dh_core.errors import Misconfigured, TransientError, WorkDiskFull
from dh_core.settings import JobSettings
from gpu_jobs.media.processes.work_folder import names_full_disk, require_room
from gpu_jobs.weights.store import FileFacts, WeightsBroken, WeightsMissing, WeightStore

logger = logging.getLogger(__name__)

LOCKS = ".locks"
_LOCK_SECONDS = 0.1
_PUBLISH = "publish it with `python -m tools.weights.publish`"


def open_weights(settings: JobSettings) -> WeightStore:
    """The model files of WEIGHTS_DIR; those that it lacks come from WEIGHTS_URI, if set."""
    source = BucketWeights.at(settings.weights_uri) if settings.weights_uri else None
    return WeightStore(settings.weights_dir, source=source)


def stop_all() -> None:
    """End every fetch that is under way. Safe in a signal handler; they raise TransientError."""
    for fetch in list(_live):
        fetch.stopped = True


class BucketWeights:
    """Published model files. Implements `gpu_jobs.weights.store.WeightSource`."""

    def __init__(self, media: MediaStore, prefix: str) -> None:
        """`prefix` is empty or ends with a slash."""
        self.media = media
        self._prefix = prefix

    @classmethod
    def at(cls, uri: str) -> Self:
        """What was published to `s3://bucket/prefix`."""
        parts = urlsplit(uri)
        prefix = parts.path.strip("/")
        return cls(MediaStore(parts.netloc, of_owners=False), f"{prefix}/" if prefix else "")

    def object_key(self, file: FileFacts) -> str:
        """Where a file lies."""
        return f"{self._prefix}{file.sha256}/{PurePosixPath(file.name).name}"

    def manifest_key(self, model: str) -> str:
        """Where the list of a model's files lies."""
        return f"{self._prefix}{model}/manifest.json"

    def bring(self, file: FileFacts, folder: Path, is_there: Callable[[], bool]) -> None:
        """Write a file below `folder`, whole and verified, unless `is_there` by then.

        Raises WeightsMissing, WeightsBroken, WorkDiskFull and TransientError; then the folder
        holds no part.
        """
        with _fetching() as fetch, _locked(folder, file.name, fetch.check):
            if is_there():
                return
            _remove_drafts(folder)
            started = time.perf_counter()
            try:
                self._fetch(file, folder / file.name, fetch)
            except (OSError, WorkDiskFull) as error:
                if not names_full_disk(error):
                    raise
                logger.error("no room for %s (%.1f MB) in %s", file.name, file.size / 1e6, folder)
                raise WorkDiskFull from error
            seconds = time.perf_counter() - started
            logger.info("fetched %s: %.1f MB in %.2f s", file.name, file.size / 1e6, seconds)

    def files_of(self, model: str) -> tuple[FileFacts, ...]:
        """The files of an operator's model, as they were last published."""
        text = io.BytesIO()
        self._stream(self.manifest_key(model), f"the manifest of {model}", text)
        try:
            files = tuple(FileFacts(**entry) for entry in json.loads(text.getvalue())["files"])
        except (ValueError, KeyError, TypeError) as error:
            raise WeightsBroken(f"The manifest of {model} cannot be read; {_PUBLISH}.") from error
        for file in files:
            if not file.name.startswith(f"{model}/") or ".." in PurePosixPath(file.name).parts:
                raise WeightsBroken(f"The manifest of {model} names {file.name}; {_PUBLISH}.")
        return files

    def _fetch(self, file: FileFacts, target: Path, fetch: _Fetch) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        require_room(target.parent, file.size)
        partial = _draft_of(target)
        try:
            with partial.open("wb") as out:
                hashed = _HashedFile(out, fetch.check)
                self._stream(self.object_key(file), file.name, hashed)
                out.flush()
                os.fsync(out.fileno())  # the name must not survive a crash that the bytes do not
            if (hashed.size, hashed.sha256.hexdigest()) != (file.size, file.sha256):
                raise WeightsBroken(
                    f"The object {self.object_key(file)} of {self.media.bucket} is not "
                    f"{file.name}: {hashed.size} bytes, sha256 {hashed.sha256.hexdigest()}; "
                    f"delete it and {_PUBLISH}."
                )
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def _stream(self, key: str, name: str, stream: Writable) -> None:
        try:
            self.media.get_stream(key, stream)
        except ObjectMissing as error:
            raise WeightsMissing(
                f"The model file {name} is not in {self.media.bucket} as {key}; {_PUBLISH}."
            ) from error
        except Misconfigured as error:
            raise WeightsMissing(
                f"The model file {name} cannot be had from {self.media.bucket} as {key}: there is "
                "no such bucket, or the job role lacks s3:GetObject there. If it was never "
                f"published, {_PUBLISH}."
            ) from error


class _HashedFile:
    """Takes the bytes of an object in order: checks for a stop, hashes, counts and writes them."""

    def __init__(self, file: IO[bytes], check: Callable[[], None]) -> None:
        self._file = file
        self._check = check
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._check()
        self.sha256.update(data)
        self.size += len(data)
        return self._file.write(data)


class _Fetch:
    """A fetch under way."""

    stopped = False

    def check(self) -> None:
        if self.stopped:
            raise TransientError("Fetching the model files was interrupted.")


_live: set[_Fetch] = set()


@contextmanager
def _fetching() -> Iterator[_Fetch]:
    fetch = _Fetch()
    _live.add(fetch)
    try:
        yield fetch
    finally:
        _live.discard(fetch)


@contextmanager
def _locked(folder: Path, name: str, check: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of one file among all processes that see the folder; closing it frees it."""
    locks = folder / LOCKS
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / name.replace("/", "~")).open("wb") as lock:
        while not _take(lock):
            check()
            time.sleep(_LOCK_SECONDS)
        yield


def _take(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _draft_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _remove_drafts(folder: Path) -> None:
    """Remove what killed processes left half fetched: drafts whose locks are free."""
    for path in (folder / LOCKS).iterdir():
        draft = _draft_of(folder / path.name.replace("~", "/"))
        with path.open("wb") as lock:
            if draft.exists() and _take(lock):
                draft.unlink(missing_ok=True)
