"""Renews a running job's lease, carries its progress, and learns that it was cancelled."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType
from typing import Self

from dh_core.errors import TransitionRefused
from dh_core.store import Claim, TaskStore
from gpu_jobs.jobs.cancellation import CancellationToken, StopReason
from gpu_jobs.runtime.progress import Progress

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0
"""Progress is written at most this often; a cancel is noticed within twice this."""


class Heartbeat:
    """A thread for the length of a `with` block."""

    def __init__(
        self,
        tasks: TaskStore,
        claim: Claim,
        progress: Progress,
        token: CancellationToken,
        lease_seconds: int,
    ) -> None:
        self._tasks = tasks
        self._claim = claim
        self._progress = progress
        self._token = token
        self._lease_seconds = lease_seconds
        self._renewed = time.monotonic()
        self._noted: str | None = None
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
        stage, percent = self._progress.now()
        try:
            self._tasks.heartbeat(
                self._claim,
                stage=stage,
                progress=percent,
                lease_seconds=self._lease_seconds,
                entered=stage != self._noted,
            )
        except TransitionRefused:
            # Cancelled, or another attempt owns the task: either way this work is unwanted.
            self._stop(StopReason.CANCELLED)
        except Exception:
            # The table may be out of reach for a moment; the lease says how long is too long.
            logger.exception("heartbeat failed")
            if time.monotonic() - self._renewed > self._lease_seconds:
                self._stop(StopReason.INTERRUPTED)
        else:
            self._renewed = time.monotonic()
            self._noted = stage

    def _stop(self, reason: StopReason) -> None:
        self._over = True
        self._token.stop(reason)
