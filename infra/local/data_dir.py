"""The folder that holds everything the embedded cloud keeps, and the lock on it."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LOOPBACK = "127.0.0.1"


class DataDirInUse(Exception):
    """Another server runs on this folder."""


class DataDir:
    """Paths inside the folder. As a context manager it holds the folder's lock."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.logs = self.root / "logs"
        self.cloud = self.root / "cloud"
        self.jobs = self.root / "jobs"
        self.jobs_state = self.root / "jobs.json"
        self._lock: int | None = None

    def __enter__(self) -> Self:
        """Raises DataDirInUse. The kernel drops the lock with the process, however it ends."""
        for folder in (self.root, self.logs, self.cloud, self.jobs):
            folder.mkdir(parents=True, exist_ok=True)
        path = self.root / "lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode() or "unknown"
            os.close(descriptor)
            raise DataDirInUse(
                f"{self.root} is in use by another server (process {holder}); "
                "stop that one, or start this one with another --data folder."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._lock = descriptor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def identity(self) -> dict[str, Any]:
        """Access key, secret and port of this folder's cloud, made once and then kept.

        The port stays the same over restarts because queue URLs and stored links contain it.
        """
        path = self.root / "identity.json"
        if not path.exists():
            identity = {
                "access_key": "AKIA" + secrets.token_hex(8).upper(),
                "secret_key": secrets.token_urlsafe(30),
                "port": _free_port(),
            }
            write_private(path, json.dumps(identity))
        loaded: dict[str, Any] = json.loads(path.read_text())
        return loaded


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step with a file that only its owner may read."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
