"""From stage fractions to one monotonic percentage."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from time import monotonic

from gpu_jobs import log_context
from gpu_jobs.job import Stage, StageReport

HIGHEST_BEFORE_COMPLETION = 99
"""100 is written only by the transition that makes the result visible."""


class StageTimes:
    """For how many seconds each stage was the current one. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: dict[str, float] = defaultdict(float)
        self._current: str | None = None
        self._since = monotonic()

    def enter(self, stage: str) -> None:
        """End the current stage and begin this one, which may have been current before."""
        log_context.entered(stage)
        with self._lock:
            self._settle()
            self._current = stage

    def seconds(self) -> dict[str, float]:
        """By stage, until now."""
        with self._lock:
            self._settle()
            return dict(self._seconds)

    def _settle(self) -> None:
        now = monotonic()
        if self._current is not None:
            self._seconds[self._current] += now - self._since
        self._since = now


class Progress:
    """Weighted by stage; never falls. Read by the heartbeat thread, written by the job's.

    `check` is called at every report and raises when the job has to stop.
    """

    def __init__(self, stages: Sequence[Stage], check: Callable[[], None]) -> None:
        total = sum(stage.weight for stage in stages)
        self._check = check
        self._lock = threading.Lock()
        self._percent = 0
        self._stage = stages[0].name
        self.times = StageTimes()
        self._spans: dict[str, tuple[float, float]] = {}
        start = 0.0
        for stage in stages:
            self._spans[stage.name] = (start / total, stage.weight / total)
            start += stage.weight

    def divide(self, name: str, stages: Sequence[Stage]) -> None:
        """Put `stages` in the place of the stage `name`, which has not begun."""
        start, length = self._spans.pop(name)
        total = sum(stage.weight for stage in stages)
        for stage in stages:
            share = stage.weight / total * length
            self._spans[stage.name] = (start, share)
            start += share

    def stage(self, name: str) -> StageReport:
        """Enter a stage (see `gpu_jobs.job.Report`)."""
        start, length = self._spans[name]
        self.times.enter(name)

        def report(fraction: float) -> None:
            self._check()
            share = start + length * min(max(fraction, 0.0), 1.0)
            with self._lock:
                self._stage = name
                self._percent = max(self._percent, min(int(share * 100), HIGHEST_BEFORE_COMPLETION))

        report(0.0)
        return report

    def now(self) -> tuple[str, int]:
        """The current stage and percentage."""
        with self._lock:
            return self._stage, self._percent
