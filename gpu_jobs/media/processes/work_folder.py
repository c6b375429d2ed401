"""Private folders for work in progress, gone with their process however it ends; a full disk.

Each folder has a lock file beside it, `{folder}.lock`, held (`flock`) by the process that works
there. The kernel frees it with the process, also for containers that share a volume, so whoever
opens a folder next can tell what the dead have left, and removes it.

A disk without room shows itself in many ways: as an error number, in the words of a library, as a
file cut short. So a block that fails is asked two things: does any error name a full disk, and does
the disk still take a few bytes?
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from dh_core.errors import TaskCancelled, TransitionRefused, WorkDiskFull

logger = logging.getLogger(__name__)

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Error numbers of a disk, a quota or a limit on files that has been reached."""

_SETTLED: Final = (WorkDiskFull, TaskCancelled, TransitionRefused)
"""These stand, whatever the disk says."""
_PROBE_BYTES: Final = 1 << 16
_PREFIX: Final = "dh-worker-"
_SUFFIX: Final = ".lock"

_own: set[Path] = set()
"""Lock files that this process holds."""


@contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """A folder that only this user may enter, gone at the end of the block.

    What dead processes left beside it is removed first. Raises WorkDiskFull when there is no room
    for it, and instead of whatever the block fails with when the disk is full.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        remove_stale(parent)
        with _new_folder(parent) as folder:
            try:
                yield folder
            except Exception as error:
                # Looked at before the folder goes, and with it what fills the disk.
                if not isinstance(error, _SETTLED) and not _has_room(folder):
                    raise _disk_full(folder) from error
                raise
    except Exception as error:
        if isinstance(error, _SETTLED) or not names_full_disk(error):
            raise
        raise _disk_full(parent) from error


def require_room(folder: Path, size: int) -> None:
    """Raises WorkDiskFull if the disk cannot take so many bytes."""
    if shutil.disk_usage(folder).free < size:
        raise _disk_full(folder, size)


def names_full_disk(error: BaseException | None) -> bool:
    """Whether it, or what it came from, is the system's word for a disk without room."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, WorkDiskFull) or getattr(error, "errno", None) in FULL:
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _disk_full(folder: Path, size: int | None = None) -> WorkDiskFull:
    usage = shutil.disk_usage(folder)
    logger.error(
        "no room on the work disk: %.1f MB of %.1f MB are free%s",
        usage.free / 1e6,
        usage.total / 1e6,
        "" if size is None else f", {size / 1e6:.1f} MB are needed",
    )
    return WorkDiskFull()


def _has_room(folder: Path) -> bool:
    probe = folder / ".room"
    try:
        with probe.open("wb") as file:
            file.write(b"\0" * _PROBE_BYTES)
            file.flush()
            os.fsync(file.fileno())
        probe.unlink()
    except OSError as error:
        return error.errno not in FULL
    return True


def remove_own() -> None:
    """Remove all folders of this process, before it ends without leaving their blocks."""
    for lock in list(_own):
        _remove(lock)


def remove_stale(parent: Path) -> None:
    """Remove the folders in `parent` whose process is dead."""
    for lock in parent.glob(f"{_PREFIX}*{_SUFFIX}"):
        # Gone meanwhile, or another user's.
        with suppress(OSError):
            descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if _take(descriptor):
                    _remove(lock)
            finally:
                os.close(descriptor)


@contextmanager
def _new_folder(parent: Path) -> Iterator[Path]:
    descriptor, lock = _new_lock(parent)
    _own.add(lock)
    try:
        folder = _folder_of(lock)
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        _remove(lock)
        _own.discard(lock)
        os.close(descriptor)


def _new_lock(parent: Path) -> tuple[int, Path]:
    """A new lock file, taken. The folder is made after it: without a lock there is none."""
    while True:
        descriptor, name = tempfile.mkstemp(_SUFFIX, _PREFIX, parent)
        if _take(descriptor):
            return descriptor, Path(name)
        # Another process was quicker and took it for one of the dead.
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    """Whether the lock is ours now: it was free, and its file is still there."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(descriptor).st_nlink > 0


def _remove(lock: Path) -> None:
    """Remove a folder and then its lock, which stays while anything is left of the folder."""
    folder = _folder_of(lock)
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        lock.unlink(missing_ok=True)


def _folder_of(lock: Path) -> Path:
    return lock.with_name(lock.name.removesuffix(_SUFFIX))
