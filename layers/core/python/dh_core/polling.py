"""What a waiting client is told: how long a task will still take, and when to ask again. Pure.

Durations are seconds. What past runs took is a rolling mean per kind of task; it is scaled to the
length of the text, where there is one, and gives way to the run's own pace as that shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_NEWEST_SHARE: Final = 0.2
"""Of a rolling mean: the last five or so runs make two thirds of it."""
_LEAST_RATIO, _MOST_RATIO = 0.2, 5.0
_POLLS_PER_WAIT: Final = 10
_FASTEST_MS, _USUAL_MS, _SLOWEST_MS = 1000, 2000, 10_000


@dataclass(frozen=True, slots=True)
class PastRuns:
    """Rolling means over the completed runs of one kind.

    `wait`: from the queue to the start. `run`: from the start to the end. `characters`: of the
    text spoken, 0 where there is none. `engine`: whose runs these were.
    """

    engine: str
    wait: float
    run: float
    characters: float

    def after(self, latest: PastRuns) -> PastRuns:
        """With another run taken in. A new engine starts from its first run."""
        if latest.engine != self.engine:
            return latest
        return PastRuns(
            self.engine,
            _rolling(self.wait, latest.wait),
            _rolling(self.run, latest.run),
            _rolling(self.characters, latest.characters),
        )

    def expected_run(self, characters: int) -> float:
        """How long a run with a text of this length should take.

        Half of a run is taken as fixed (models loaded, files moved), half as growing with the text.
        """
        if not characters or not self.characters:
            return self.run
        ratio = min(max(characters / self.characters, _LEAST_RATIO), _MOST_RATIO)
        return self.run * (0.5 + 0.5 * ratio)


def eta_pending(past: PastRuns | None, *, waited: float, characters: int) -> float | None:
    """Seconds until a task that has not started will be done; None when nothing is known."""
    if past is None:
        return None
    return max(past.wait - waited, 0.0) + past.expected_run(characters)


def eta_running(
    past: PastRuns | None, *, elapsed: float, progress: int, characters: int
) -> float | None:
    """Seconds until a running task will be done; None when nothing is known.

    The history and the run's own pace (elapsed time against progress), each weighted by how much
    it knows: the pace counts as much as the work is done.
    """
    done = min(max(progress / 100, 0.0), 1.0)
    by_pace = elapsed * (1 - done) / done if done else None
    if past is None:
        return by_pace
    # A run that takes longer than the others still is not over.
    by_history = max(past.expected_run(characters) - elapsed, past.run * (1 - done) * 0.1)
    return by_history if by_pace is None else by_history * (1 - done) + by_pace * done


def next_poll_ms(eta: float | None) -> int:
    """When to ask again: a tenth of what is left, between one second and ten."""
    if eta is None:
        return _USUAL_MS
    return min(max(int(eta * 1000 / _POLLS_PER_WAIT), _FASTEST_MS), _SLOWEST_MS)


def queue_position(ticket: int, gone: int) -> int:
    """The place in line, 1 being next: the number drawn, less those who have left the line.

    It is a close estimate, not a promise: AWS Batch may start a later task sooner.
    """
    return max(ticket - gone, 1)


def _rolling(mean: float, latest: float) -> float:
    return mean + _NEWEST_SHARE * (latest - mean)
