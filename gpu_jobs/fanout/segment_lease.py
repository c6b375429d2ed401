"""Keeps the segment in hand while it is rendered, and learns that its task has moved on."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType
from typing import Final, Self

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.store import Claim, SegmentStore, TaskStore
from dh_core.store.fanout.segments import LEASE_SECONDS
from gpu_jobs.jobs.cancellation import CancellationToken, StopReason

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0
"""A helper notices within twice this that nobody needs it any more."""
_RENEWED_AT: Final = 0.5
"""Of the lease's life."""


class SegmentLease:
    """A thread for the length of a `with` block."""

    def __init__(
        self,
        segments: SegmentStore,
        tasks: TaskStore,
        claim: Claim,
        worker: str,
        token: CancellationToken,
    ) -> None:
        self._segments = segments
        self._tasks = tasks
        self._claim = claim
        self._worker = worker
        self._token = token
        self._lock = threading.Lock()
        self._number: int | None = None
        self._renewed = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="segments", daemon=True)

    def hold(self, number: int | None) -> None:
        """Renew this segment, just taken, from now on; None: there is none in hand."""
        with self._lock:
            self._number, self._renewed = number, time.monotonic()

    def __enter__(self) -> Self:
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

    def _beat(self) -> None:
        seen = time.monotonic()
        while not self._done.wait(INTERVAL_SECONDS):
            try:
                if not self._is_wanted():
                    self._token.stop(StopReason.CANCELLED)
                    return
            except CLOUD_ERRORS:
                # The table may be out of reach for a moment; the lease says how long is too long.
                logger.exception("the segment's lease was not renewed")
                if time.monotonic() - seen > LEASE_SECONDS:
                    self._token.stop(StopReason.INTERRUPTED)
                    return
            else:
                seen = time.monotonic()

    def _is_wanted(self) -> bool:
        """Whether the task still runs under the claim. Renews what is in hand, if it does.

        A segment that was lost meanwhile is noticed when it is finished: it counts for nothing.
        """
        if not self._tasks.holds(self._claim):
            return False
        with self._lock:
            is_due = time.monotonic() - self._renewed >= LEASE_SECONDS * _RENEWED_AT
            if self._number is not None and is_due:
                self._segments.renew(self._claim, self._number, self._worker)
                self._renewed = time.monotonic()
        return True
