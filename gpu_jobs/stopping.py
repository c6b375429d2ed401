"""Why and how a running job is made to stop: cancelled, fenced off, or its machine going away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from enum import StrEnum

from dh_core.errors import DigitalHumanError, TaskCancelled, TransientError

logger = logging.getLogger(__name__)

UNWIND_SECONDS = 2.0
"""How long a stopped job may take to unwind before the process is ended under it.

A long model call cannot be interrupted from within Python, and nobody wants its result.
"""


class StopReason(StrEnum):
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class StopSwitch:
    """Set once, by the heartbeat or a signal; read by the job through its progress reports.

    `on_stop` frees whatever the job may be blocked on; `on_overdue` ends the process.
    """

    def __init__(
        self, on_stop: Callable[[], None], on_overdue: Callable[[StopReason], None]
    ) -> None:
        self._on_stop = on_stop
        self._on_overdue = on_overdue
        self._lock = threading.Lock()
        self._reason: StopReason | None = None
        self._timer: threading.Timer | None = None

    @property
    def reason(self) -> StopReason | None:
        return self._reason

    def stop(self, reason: StopReason) -> None:
        """Ask the job to stop; the first reason counts."""
        with self._lock:
            if self._reason is not None:
                return
            self._reason = reason
            self._timer = threading.Timer(UNWIND_SECONDS, self._on_overdue, args=(reason,))
            self._timer.daemon = True
            self._timer.start()
        logger.info("stopping: %s", reason)
        self._on_stop()

    def check(self) -> None:
        """Raise what the reason calls for, if any."""
        error = self.error()
        if error is not None:
            raise error

    def error(self) -> DigitalHumanError | None:
        """What a job that was stopped must end with."""
        if self._reason is StopReason.CANCELLED:
            return TaskCancelled()
        if self._reason is StopReason.INTERRUPTED:
            return TransientError("The machine is going away.")
        return None

    def unwound(self) -> None:
        """The job has stopped by itself in time."""
        if self._timer is not None:
            self._timer.cancel()
