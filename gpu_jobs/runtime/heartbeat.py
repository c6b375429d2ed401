"""Renews a running job's lease, carries its progress, and learns that it was cancelled."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from dh_core.errors import TransitionRefused
from dh_core.store import Claim, TaskStore
from gpu_jobs.jobs.cancellation import CancellationToken, StopReason
from gpu_jobs.runtime.progress import Progress

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0
"""Between looks at the claim, most of which only read: a cancel is noticed within twice this."""
_RENEWED_AT: Final = 0.5
"""Of the lease's life: as much is left for a table that is out of reach for a moment."""
_PROGRESS_SHARE: Final = 0.1
_SOONEST_SECONDS, _LATEST_SECONDS = 2.0, 10.0


def progress_interval(elapsed: float) -> float:
    """Seconds between two writes of the percentage alone.

    A tenth of what has passed, as clients ask again after a tenth of what is left: whoever waits
    sees it move at every look or two, and a long run costs little more a minute than its leases.
    """
    return min(max(elapsed * _PROGRESS_SHARE, _SOONEST_SECONDS), _LATEST_SECONDS)


class Heartbeat:
    """A thread for the length of a `with` block. `clock` is monotonic, in seconds."""

    def __init__(
        self,
        tasks: TaskStore,
        claim: Claim,
        progress: Progress,
        token: CancellationToken,
        lease_seconds: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tasks = tasks
        self._claim = claim
        self._progress = progress
        self._token = token
        self._lease_seconds = lease_seconds
        self._clock = clock
        # The claim itself has just given the lease.
        self._began = self._renewed = self._noted_at = clock()
        self._noted: tuple[str, int] | None = None
        self._over = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        # The first beat shows the client at once that its task runs.
        self._beat()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over and not self._done.wait(INTERVAL_SECONDS):
            self._beat()

    def _beat(self) -> None:
        try:
            self._look_or_write()
        except TransitionRefused:
            # Cancelled, or another attempt owns the task: either way this work is unwanted.
            self._stop(StopReason.CANCELLED)
        except Exception:
            # The table may be out of reach for a moment; the lease says how long is too long.
            logger.exception("heartbeat failed")
            if self._clock() - self._renewed > self._lease_seconds:
                self._stop(StopReason.INTERRUPTED)

    def _look_or_write(self) -> None:
        """Write what has to be written now, if anything has. Raises TransitionRefused."""
        now = self._clock()
        stage, percent = self._progress.now()
        entered = self._noted is None or stage != self._noted[0]
        moved = self._noted != (stage, percent)
        is_time = now - self._noted_at >= progress_interval(now - self._began)
        renews = now - self._renewed >= self._lease_seconds * _RENEWED_AT
        if not (entered or renews or (moved and is_time)):
            if not self._tasks.holds(self._claim):
                raise TransitionRefused
            return
        self._tasks.heartbeat(
            self._claim,
            stage=stage,
            progress=percent,
            lease_seconds=self._lease_seconds if renews else None,
            entered=entered,
        )
        self._noted, self._noted_at = (stage, percent), now
        if renews:
            self._renewed = now

    def _stop(self, reason: StopReason) -> None:
        self._over = True
        self._token.stop(reason)
