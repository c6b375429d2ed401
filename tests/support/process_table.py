"""Which processes live, read from /proc."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether it runs; a dead one that nobody has waited for yet does not."""
    return _status(pid)[0] not in ("", "Z", "X")


def descendants(pid: int) -> set[int]:
    """The children of a process, theirs, and so on."""
    children: dict[int, set[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            children.setdefault(_status(int(folder.name))[1], set()).add(int(folder.name))
    found: set[int] = set()
    fresh = {pid}
    while fresh:
        fresh = set().union(*(children.get(one, set()) for one in fresh)) - found
        found |= fresh
    return found


def wait_until_dead(pids: Iterable[int], seconds: float) -> set[int]:
    """Those that still live after so long."""
    deadline = time.monotonic() + seconds
    alive = {pid for pid in pids if is_alive(pid)}
    while alive and time.monotonic() < deadline:
        time.sleep(0.02)
        alive = {pid for pid in alive if is_alive(pid)}
    return alive


def _status(pid: int) -> tuple[str, int]:
    """State and parent; an empty state when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "", 0
    state, parent = text.rpartition(")")[2].split()[:2]
    return state, int(parent)
