"""From stage fractions, and the time that stages usually take, to one monotonic percentage."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from time import monotonic

from gpu_jobs.jobs.job import Stage, StageReport
from gpu_jobs.telemetry import log_context

HIGHEST_BEFORE_COMPLETION = 99
"""100 is written only by the transition that makes the result visible."""
_MOST_BY_TIME = 0.9
"""Of a stage: the rest is only for what was really done."""


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

    `check` is called at every report and raises when the job has to stop. `expected_seconds` is
    what the whole should take: between two reports the percentage moves by the clock, within the
    stage. Loading a model reports nothing until it is over.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        check: Callable[[], None],
        expected_seconds: float | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        total = sum(stage.weight for stage in stages)
        self._check = check
        self._lock = threading.Lock()
        self._percent = 0
        self._stage = stages[0].name
        self._expected_seconds = expected_seconds
        self._clock = clock
        self._entered = clock()
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
        """Enter a stage (see `gpu_jobs.jobs.job.Report`)."""
        start, length = self._spans[name]
        self.times.enter(name)
        with self._lock:
            self._by_time()
            self._stage = name
            self._entered = self._clock()

        def report(fraction: float) -> None:
            self._check()
            share = start + length * min(max(fraction, 0.0), 1.0)
            with self._lock:
                self._stage = name
                self._raise_to(share)

        report(0.0)
        return report

    def now(self) -> tuple[str, int]:
        """The current stage and percentage."""
        with self._lock:
            self._by_time()
            return self._stage, self._percent

    def _by_time(self) -> None:
        start, length = self._spans.get(self._stage, (0.0, 0.0))
        usual = length * (self._expected_seconds or 0.0)
        if usual:
            part = min((self._clock() - self._entered) / usual, _MOST_BY_TIME)
            self._raise_to(start + length * part)

    def _raise_to(self, share: float) -> None:
        self._percent = max(self._percent, min(int(share * 100), HIGHEST_BEFORE_COMPLETION))
