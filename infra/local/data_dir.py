"""The folder that holds everything the embedded cloud keeps, and the lock on it."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dh_core.access.secrets import new_document

LOOPBACK = "127.0.0.1"
_LEFTOVER_SECONDS = 10.0


class DataDirInUse(Exception):
    """Another server runs on this folder."""


class DataDir:
    """Paths inside the folder. As a context manager it holds the folder's lock."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.logs = self.root / "logs"
        self.cloud = self.root / "cloud"
        self.jobs_state = self.root / "jobs.json"
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Raises DataDirInUse. The kernel drops the lock with the process, however it ends."""
        for folder in (self.root, self.logs, self.cloud):
            folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + _LEFTOVER_SECONDS
        while not _lock(descriptor):
            holder = os.pread(descriptor, 32, 0).decode()
            # A killed server leaves its storage for a moment, which holds the lock too.
            if _is_alive(holder) or time.monotonic() > deadline:
                os.close(descriptor)
                raise DataDirInUse(
                    f"{self.root} is in use by another server (process {holder or 'unknown'}); "
                    "stop that one, or start this one with another --data folder."
                )
            time.sleep(0.05)
        with suppress(OSError):  # a full disk; the lock itself takes no room
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor
        return self

    @property
    def lock_descriptor(self) -> int:
        """A child that inherits it holds the lock too, for as long as it lives."""
        assert self._descriptor is not None
        return self._descriptor

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def has_identity(self) -> bool:
        """Whether a server has ever run here."""
        return (self.root / "identity.json").exists()

    def identity(self) -> dict[str, Any]:
        """Access key, secret and port of this folder's cloud, made once and then kept.

        The port stays the same over restarts because queue URLs and stored links contain it.
        """
        path = self.root / "identity.json"
        if not _is_document(path):
            identity = {
                "access_key": "AKIA" + secrets.token_hex(8).upper(),
                "secret_key": secrets.token_urlsafe(30),
                "port": _free_port(),
            }
            write_private(path, json.dumps(identity))
        loaded: dict[str, Any] = json.loads(path.read_text())
        return loaded

    def auth_secrets(self) -> str:
        """The document of `dh_core.access.secrets` for this folder, made once and then kept."""
        path = self.root / "auth.json"
        if not _is_document(path):
            write_private(path, new_document("local"))
        return path.read_text()


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(pid: str) -> bool:
    """Whether the process whose number was written exists; yes when in doubt."""
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (ValueError, PermissionError):
        return True
    return True


def _is_document(path: Path) -> bool:
    """Whether JSON can be read there: a broken disk may have left half of it, or nothing."""
    try:
        return isinstance(json.loads(path.read_text()), dict)
    except (FileNotFoundError, ValueError):
        return False


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step with a file that only its owner may read."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        # A power cut must not leave the new name with nothing in it.
        os.fsync(file.fileno())
    draft.replace(path)


def port_is_taken(port: int) -> bool:
    """Whether some program listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
