"""Guarded child processes: the only module of the jobs that spawns anything.

Media files are untrusted, so whatever reads them is a child with an argv list (never a shell),
none of our environment, its own process group, limits on memory, processor time and file size;
it is killed when it stops moving, and when this process ends, however that ends (`launcher.py`).
"""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from dh_core.errors import (
    DigitalHumanError,
    InternalJobError,
    MediaLimitExceeded,
    NoAudioStream,
    NoVideoStream,
    TransientError,
    UnreadableMedia,
    WorkDiskFull,
)
from gpu_jobs.media.processes.launcher import CANNOT_RUN
from gpu_jobs.media.processes.work_folder import FULL

log = logging.getLogger(__name__)

_CHUNK: Final = 1 << 16
_PIPE_BYTES: Final = 1 << 20
_LOGGED_CHARACTERS: Final = 4000
_LAUNCHER: Final = Path(__file__).with_name("launcher.py")

_spawner: Final = ThreadPoolExecutor(1, "spawn")
"""Starts every child: the kernel ends a child with the thread that started it, and this one lives
as long as the process."""


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What one child may use.

    `stall_seconds`: longest wait for its next byte. `wall_seconds`: its whole life, None where
    the caller's own pace decides (frames pulled or pushed one by one). Memory and file size in
    bytes, processor time in seconds.
    """

    stall_seconds: float = 60.0
    wall_seconds: float | None = None
    cpu_seconds: int = 3600
    memory_bytes: int = 4 << 30
    file_bytes: int = 8 << 30
    stderr_bytes: int = 16 << 10


_live: set[Child] = set()


def stop_all() -> None:
    """Kill every live child. Safe in a signal handler; whoever waits gets `TransientError`."""
    for child in list(_live):
        child.stop()


class Child:
    """One running process with optional pipes. A context manager: leaving it ends the process."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        stdin: bool = False,
        stdout: bool = False,
        limits: ProcessLimits | None = None,
    ) -> None:
        self._limits = limits or ProcessLimits()
        wall = self._limits.wall_seconds
        self._deadline = time.monotonic() + wall if wall is not None else None
        self._stopped = False
        self._exceeded = False
        self._stderr = bytearray()
        self._process = _spawn(
            _launched(argv, self._limits),
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE if stdout else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            # Two malloc arenas: each thread's own arena would count 64 MB against RLIMIT_AS.
            env={"PATH": os.defpath, "LC_ALL": "C", "MALLOC_ARENA_MAX": "2"},
        )
        _live.add(self)
        self._drain = threading.Thread(target=self._drain_stderr, daemon=True)
        self._drain.start()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                _widen(pipe.fileno())
        if self._process.stdin is not None:
            os.set_blocking(self._process.stdin.fileno(), False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def read_into(self, buffer: memoryview) -> int:
        """Fill `buffer` from the child's output; fewer bytes than asked mean its end."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        filled = 0
        while filled < len(buffer):
            self._await(descriptor, select.POLLIN)
            count = os.readv(descriptor, [buffer[filled:]])
            if count == 0:
                break
            filled += count
        return filled

    def write(self, data: memoryview) -> None:
        """Send all of `data`; raises the child's own failure when it died."""
        assert self._process.stdin is not None
        descriptor = self._process.stdin.fileno()
        while data:
            self._await(descriptor, select.POLLOUT)
            try:
                data = data[os.write(descriptor, data) :]
            except BrokenPipeError:
                raise self._failure() from None
            except BlockingIOError:
                continue

    def finish(self) -> None:
        """Close the input, wait for a clean exit; raises the mapped error of a failed one."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(self._patience())
        except subprocess.TimeoutExpired:
            self._exceeded = True
            self.kill()
        if self._process.returncode != 0 or self._exceeded:
            raise self._failure()
        self.kill()

    def stop(self) -> None:
        """End it from outside; the thread that uses it then sees `TransientError`."""
        self._stopped = True
        self._signal_group()

    def kill(self) -> None:
        """End the whole process group, if still there, and release the pipes. Idempotent."""
        self._signal_group()
        self._process.wait()
        self._drain.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        _live.discard(self)

    def _signal_group(self) -> None:
        # An exited but unreaped child keeps its id, so this can never hit a stranger.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _patience(self) -> float:
        if self._deadline is None:
            return self._limits.stall_seconds
        return max(0.0, self._deadline - time.monotonic())

    def _await(self, descriptor: int, event: int) -> None:
        poller = select.poll()
        poller.register(descriptor, event)
        patience = min(self._patience(), self._limits.stall_seconds)
        if not poller.poll(patience * 1000):
            self._exceeded = True
            raise self._failure()

    def _failure(self) -> DigitalHumanError:
        if not self._exceeded:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self._limits.stall_seconds)
        self.kill()
        if self._stopped:
            return TransientError("The attempt was interrupted.")
        text = self.said
        last = text[-_LOGGED_CHARACTERS:]
        log.warning("media process ended with status %s: %s", self._process.returncode, last)
        if self._exceeded:
            return MediaLimitExceeded()
        return _error(self._process.returncode, text, self._limits)

    @property
    def said(self) -> str:
        """The end of its stderr; complete once it has ended."""
        return self._stderr.decode("utf-8", "replace")

    def _drain_stderr(self) -> None:
        """Keep the last kilobytes of stderr, so that the child never blocks on it."""
        assert self._process.stderr is not None
        while chunk := self._process.stderr.read(_CHUNK):
            self._stderr += chunk
            del self._stderr[: -self._limits.stderr_bytes]


def _spawn(argv: list[str], **options: Any) -> subprocess.Popen[bytes]:
    return _spawner.submit(lambda: subprocess.Popen(argv, **options)).result()  # noqa: S603 - argv list


def _launched(argv: Sequence[str], limits: ProcessLimits) -> list[str]:
    caps = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_CORE: 0,
    }
    options = (
        str(os.getpid()),
        str(int(signal.SIGKILL)),
        ",".join(str(int(number)) for number in (signal.SIGPIPE, signal.SIGXFSZ)),
        ",".join(f"{which}={cap}" for which, cap in caps.items()),
    )
    return [sys.executable, "-I", "-S", str(_LAUNCHER), *options, *argv]


def _widen(descriptor: int) -> None:
    """A megabyte of pipe where the system allows it: far fewer switches per frame."""
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415 - F_SETPIPE_SZ exists on Linux only

        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


_MESSAGES: Final[tuple[tuple[str, type[DigitalHumanError]], ...]] = (
    ("Cannot allocate memory", MediaLimitExceeded),
    ("malloc", MediaLimitExceeded),
    (":a:0' in filtergraph description", NoAudioStream),
    ("map '0:a:0' matches no streams", NoAudioStream),
    (":V:0' in filtergraph description", NoVideoStream),
    ("map '0:V:0' matches no streams", NoVideoStream),
    ("Error while opening encoder", InternalJobError),
    ("Unrecognized option", InternalJobError),
    ("No such filter", InternalJobError),
    (CANNOT_RUN, InternalJobError),
    ("ModuleNotFoundError", InternalJobError),
)


_DISK_FULL: Final = tuple(os.strerror(number) for number in sorted(FULL))
_DISK_FULL_STATUSES: Final = frozenset(256 - number for number in FULL)
"""ffmpeg's exit status is its last error, an errno below zero, as far as eight bits hold it."""


def _error(returncode: int, stderr: str, limits: ProcessLimits) -> DigitalHumanError:
    """The error a failed child means. ffmpeg has no exit codes of its own, only words."""
    if returncode == -signal.SIGXCPU:
        return MediaLimitExceeded()
    if returncode == -signal.SIGXFSZ:
        # Below our own limit it was the operator's.
        return MediaLimitExceeded() if _may_write(limits.file_bytes) else WorkDiskFull()
    if returncode in _DISK_FULL_STATUSES or any(words in stderr for words in _DISK_FULL):
        return WorkDiskFull()
    if returncode == -signal.SIGKILL:
        return TransientError("The host stopped a media process; memory may be short.")
    for words, error in _MESSAGES:
        if words in stderr:
            return error()
    return UnreadableMedia()


def _may_write(size: int) -> bool:
    """Whether this process, and with it its children, may write files of so many bytes."""
    most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return most == resource.RLIM_INFINITY or most >= size


def run(argv: Sequence[str], limits: ProcessLimits) -> str:
    """Run a child without pipes to its end; what it said on stderr."""
    with Child(argv, limits=limits) as child:
        child.finish()
        return child.said
