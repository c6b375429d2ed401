"""The processes of the system under test, found in /proc, so that they can be killed by kind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def children() -> dict[int, set[int]]:
    """The live children of every process."""
    found: dict[int, set[int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state not in "ZX":
                found.setdefault(int(parent), set()).add(int(folder.name))
    return found


def below(pid: int, family: dict[int, set[int]]) -> set[int]:
    """All descendants of a process."""
    direct = family.get(pid, set())
    return direct.union(*(below(child, family) for child in direct))


def jobs_of(server: int) -> set[int]:
    """The jobs that a server runs."""
    return {pid for pid in children().get(server, set()) if _is_job(pid)}


def media_of(server: int) -> set[int]:
    """The media children of all jobs of a server."""
    family = children()
    return set().union(*(below(job, family) for job in jobs_of(server)))


def stores_of(server: int) -> set[int]:
    """The children of a server that are no jobs: what keeps its state."""
    return {pid for pid in children().get(server, set()) if not _is_job(pid)}


def everything_of(server: int) -> set[int]:
    """The server and all its descendants."""
    return {server} | below(server, children())


def mentioning(text: str) -> set[int]:
    """Processes other than this one whose arguments or environment hold a text."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            with suppress(OSError):
                if (
                    text.encode()
                    in (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
                ):
                    found.add(int(folder.name))
    return found


def kill(pids: Iterable[int]) -> int:
    """SIGKILL; returns how many were still there."""
    count = 0
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            count += 1
    return count


def _is_job(pid: int) -> bool:
    with suppress(OSError):
        return b"gpu_jobs" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False
