"""A long video that several workers draw together.

Whoever is free takes the next segment, so the rest shrinks at the pace of all who work on it:
processor sharing. Late helpers help less; one that comes after the end finds nothing.
"""

from __future__ import annotations

from simulation.scale_model.machines import Worker


class SharedBody:
    """The drawing of one task. Times in seconds; `segment`: work that a lost worker takes along."""

    __slots__ = ("ended", "joined", "left", "segment", "since", "version")

    def __init__(self, work: float, segment: float) -> None:
        self.left = work
        self.segment = segment
        self.joined: dict[Worker, float] = {}
        self.since = 0.0
        self.version = 0
        self.ended = False

    def _advance(self, now: float) -> None:
        self.left = max(0.0, self.left - (now - self.since) * len(self.joined))
        self.since = now
        self.version += 1

    def join(self, worker: Worker, now: float) -> None:
        """A worker begins to take segments."""
        self._advance(now)
        self.joined[worker] = now

    def drop(self, worker: Worker, now: float) -> float:
        """A worker was reclaimed; the seconds of its work that are lost, half a segment at most."""
        self._advance(now)
        lost = min(now - self.joined.pop(worker), self.segment / 2)
        self.left += lost
        return lost

    def end_at(self, now: float) -> float:
        """When nothing is left, if nobody joins or leaves before."""
        return now + self.left / len(self.joined)
