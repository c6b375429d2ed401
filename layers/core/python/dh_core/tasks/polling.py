"""What a waiting client is told: how long a task will still take, and when to ask again. Pure.

Durations are seconds. What past runs took is a rolling mean per kind of task; it is scaled to the
length of the text, where there is one. While a task's place in the queue gets no worse, what it is
told never grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_NEWEST_SHARE: Final = 0.2
"""Of a rolling mean: the last five or so runs make two thirds of it."""
_LEAST_RATIO, _MOST_RATIO = 0.2, 5.0
_LEAST_LEFT: Final = 0.25
"""Of what the progress says is left, when a run takes longer than usual."""
_POLLS_PER_WAIT: Final = 10
_FASTEST_MS, _USUAL_MS, _SLOWEST_MS = 1000, 2000, 10_000


@dataclass(frozen=True, slots=True)
class PastRuns:
    """Rolling means over the completed runs of one kind.

    `wait`: from the queue to the start. `run`: from the start to the end. `characters`: of the
    text spoken, 0 where there is none. `engine`: whose runs these were. `setup`: of a run that
    loads its programs and models, how long that takes; 0 where no run had to.
    """

    engine: str
    wait: float
    run: float
    characters: float
    setup: float = 0.0

    def after(self, latest: PastRuns) -> PastRuns:
        """With another run taken in. A new engine starts from its first run."""
        if latest.engine != self.engine:
            return latest
        return PastRuns(
            self.engine,
            _rolling(self.wait, latest.wait),
            _rolling(self.run, latest.run),
            _rolling(self.characters, latest.characters),
            # A warm worker's run says nothing of loading.
            _rolling(self.setup or latest.setup, latest.setup or self.setup),
        )

    def expected_run(self, characters: int) -> float:
        """How long a run with a text of this length should take.

        Half of a run is taken as fixed (models loaded, files moved), half as growing with the text.
        """
        if not characters or not self.characters:
            return self.run
        ratio = min(max(characters / self.characters, _LEAST_RATIO), _MOST_RATIO)
        return self.run * (0.5 + 0.5 * ratio)

    def expectation(self, characters: int) -> Expectation:
        """Of a task with a text of this length."""
        return Expectation(self.wait, self.expected_run(characters))


@dataclass(frozen=True, slots=True)
class Expectation:
    """What was expected of a task when it was created: later runs of others do not change it."""

    wait: float
    run: float


def eta_pending(expected: Expectation, *, waited: float) -> float:
    """Seconds until a task that has not started will be done."""
    return max(expected.wait - waited, 0.0) + expected.run


def eta_running(expected: Expectation, *, elapsed: float, progress: int) -> float:
    """Seconds until a running task will be done.

    What the clock leaves of a usual run, as far as the progress bears it out: neither grows, as the
    run's own pace would for as long as its progress stands still. A run that takes longer than the
    others still is not over.
    """
    by_progress = expected.run * (1 - min(max(progress / 100, 0.0), 1.0))
    return max(min(expected.run - elapsed, by_progress), by_progress * _LEAST_LEFT)


def next_poll_ms(eta: float | None) -> int:
    """When to ask again: a tenth of what is left, between one second and ten."""
    if eta is None:
        return _USUAL_MS
    return min(max(int(eta * 1000 / _POLLS_PER_WAIT), _FASTEST_MS), _SLOWEST_MS)


def queue_position(sequence_number: int, dequeued: int) -> int:
    """The place in the queue, 1 being next: the number drawn, less the tasks that were dequeued.

    It is a close estimate, not a promise: AWS Batch may start a later task sooner.
    """
    return max(sequence_number - dequeued, 1)


def _rolling(mean: float, latest: float) -> float:
    return mean + _NEWEST_SHARE * (latest - mean)
