"""What a run does behind our back: files it opens, hosts it calls, memory, what it leaves."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

_IN_OPEN = 0x20
_IN_NONBLOCK = 0o4000
_SAMPLE_SECONDS = 0.02
_SOCKET = re.compile(r"socket:")
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB", re.M)
_HIGHEST = re.compile(r"^VmHWM:\s+(\d+) kB", re.M)


class OpenedFiles:
    """Notices every opening of some files, by whichever process (inotify)."""

    def __init__(self, files: list[Path]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._queue = libc.inotify_init1(_IN_NONBLOCK)
        if self._queue < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        for file in files:
            if libc.inotify_add_watch(self._queue, os.fsencode(file), _IN_OPEN) < 0:
                raise OSError(ctypes.get_errno(), "inotify_add_watch", str(file))

    def any(self) -> bool:
        """Whether one was opened since the last question."""
        try:
            return bool(os.read(self._queue, 1 << 16))
        except BlockingIOError:
            return False

    def close(self) -> None:
        os.close(self._queue)


class Calls:
    """A server on loopback that counts who connects."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def any(self) -> bool:
        """Whether somebody connected since the last question."""
        called = False
        while True:
            try:
                connection, _ = self._socket.accept()
            except BlockingIOError:
                return called
            connection.close()
            called = True

    def close(self) -> None:
        self._socket.close()


class Tree(threading.Thread):
    """Samples a process and all that it starts, until it is told to stop.

    `peak` is in bytes: the most that all held at a moment, a child's own peak counted for it.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.sockets: set[str] = set()
        """Programs of children that had a socket."""
        self._suspects: set[int] = set()
        self._pid = pid
        self._over = threading.Event()
        self.start()

    def stop(self) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.is_set():
            self._sample()
            time.sleep(_SAMPLE_SECONDS)

    def _sample(self) -> None:
        # Between its vfork and its exec a child still is its parent, memory included.
        own = _command_line(self._pid)
        children = [pid for pid in descendants(self._pid) if _command_line(pid) != own]
        held = _memory(self._pid, _RESIDENT) + sum(_memory(pid, _HIGHEST) for pid in children)
        self.peak = max(self.peak, held)
        # In the middle of its exec a child has its own name, but its parent's files still.
        suspects = {pid for pid in children if _has_socket(pid)}
        self.sockets |= {_program(pid) for pid in suspects & self._suspects}
        self._suspects = suspects


def descendants(pid: int) -> Iterator[int]:
    """Children, their children, and so on."""
    for child in _children(pid):
        yield child
        yield from descendants(child)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):  # it, or a thread of it, ended meanwhile
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def _memory(pid: int, line: re.Pattern[str]) -> int:
    try:
        found = line.search(Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _program(pid: int) -> str:
    return _command_line(pid)[:200].replace(b"\0", b" ").decode(errors="replace")


def _has_socket(pid: int) -> bool:
    try:
        return any(
            _SOCKET.match(str(entry.readlink())) for entry in Path(f"/proc/{pid}/fd").iterdir()
        )
    except OSError:
        return False
