"""What was asked, what was answered, and what became of it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from bench.faults.orders import Order


@dataclass
class Entry:
    """One order's story. Times are of the monotonic clock."""

    order: Order
    ids: set[str] = field(default_factory=set)
    """Under which the creation was answered: more than one is a doubled task."""
    accepted_at: float | None = None
    cancel_asked: bool = False
    status: str | None = None
    code: str | None = None
    ended_at: float | None = None
    lost: str | None = None
    """Why it counts as lost."""

    @property
    def task_id(self) -> str | None:
        return min(self.ids) if self.ids else None


@dataclass
class Fault:
    """Something done to the system. `over_at`: from when on nothing is being done any more."""

    kind: str
    began_at: float
    over_at: float = 0.0
    answered_after: float = 0.0
    """Seconds until the API answered again."""


@dataclass
class Ledger:
    """Filled by many threads; each entry by one."""

    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    """Of refused requests and broken connections, by status and code."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, order: Order) -> Entry:
        entry = Entry(order)
        with self._lock:
            self.entries.append(entry)
        return entry

    def count(self, answer: str) -> None:
        with self._lock:
            self.answers[answer] += 1

    def known_ids(self) -> list[str]:
        with self._lock:
            return [task_id for entry in self.entries for task_id in entry.ids]

    def ended(self) -> int:
        """How many tasks have come to an end."""
        with self._lock:
            return sum(entry.ended_at is not None for entry in self.entries)

    def faults_during(self, entry: Entry) -> int:
        """How many faults fell into a task's life."""
        start, end = entry.accepted_at or 0.0, entry.ended_at or time.monotonic()
        return sum(fault.began_at <= end and fault.over_at >= start for fault in self.faults)

    def recovery(self, fault: Fault) -> float | None:
        """Seconds from a fault until a task completed again; None if none did."""
        ends = [
            entry.ended_at
            for entry in self.entries
            if entry.status == "completed" and entry.ended_at and entry.ended_at > fault.over_at
        ]
        return min(ends) - fault.began_at if ends else None
