"""Why and how a running job is made to stop: cancelled, fenced off, or its machine going away.

Each task has a token of its own, so that what stops one task leaves the next one alone. What
stops the machine (`Shutdown`) stops the current task and keeps the worker from taking another.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial

from dh_core.errors import DigitalHumanError, TaskCancelled, TransientError

logger = logging.getLogger(__name__)

UNWIND_SECONDS = 2.0
"""How long a stopped job may take to unwind before the process is ended under it.

A long model call cannot be interrupted from within Python, and nobody wants its result.
"""

WARM_UNWIND_SECONDS = 15.0
"""The same for a worker that is kept alive: ending it would cost its loaded models."""


class StopReason(StrEnum):
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class CancellationToken:
    """One task's. Set once, by the heartbeat or a signal; read by the job as it reports progress.

    `on_stop` frees whatever the job may be blocked on; `on_grace_over` ends the process.
    """

    def __init__(
        self,
        on_stop: Callable[[], None],
        on_grace_over: Callable[[StopReason], None],
        cancel_seconds: float | None = None,
    ) -> None:
        """`cancel_seconds`: how long a cancelled job may take, if not UNWIND_SECONDS."""
        self._on_stop = on_stop
        self._on_grace_over = on_grace_over
        self._cancel_seconds = cancel_seconds
        self._lock = threading.Lock()
        self._reason: StopReason | None = None
        self._timer: threading.Timer | None = None
        self._over = False

    @property
    def reason(self) -> StopReason | None:
        return self._reason

    def stop(self, reason: StopReason) -> None:
        """Ask the job to stop; the first reason counts, and the shorter time."""
        with self._lock:
            if self._over:
                return
            first = self._reason is None
            self._reason = self._reason or reason
            if first or reason is StopReason.INTERRUPTED:
                self._end_later(reason)
        if first:
            logger.info("stopping: %s", reason)
            self._on_stop()

    def _end_later(self, reason: StopReason) -> None:
        seconds = UNWIND_SECONDS
        if reason is StopReason.CANCELLED and self._cancel_seconds is not None:
            seconds = self._cancel_seconds
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, self._on_grace_over, args=(self._reason,))
        self._timer.daemon = True
        self._timer.start()

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

    def aborted(self) -> None:
        """The job has ended by itself in time; from now on there is nothing to stop."""
        with self._lock:
            self._over = True
            if self._timer is not None:
                self._timer.cancel()


class Shutdown:
    """Whether the process is to end, and the token of its current task.

    The arguments are those of each task's `CancellationToken`.
    """

    def __init__(
        self,
        on_stop: Callable[[], None],
        on_grace_over: Callable[[StopReason], None],
        cancel_seconds: float | None = None,
    ) -> None:
        self._new_token = partial(CancellationToken, on_stop, on_grace_over, cancel_seconds)
        self._requested = False
        self._token: CancellationToken | None = None

    @property
    def requested(self) -> bool:
        return self._requested

    def request(self) -> None:
        """SIGTERM came; called from any thread."""
        self._requested = True
        token = self._token
        if token is not None:
            token.stop(StopReason.INTERRUPTED)

    @contextmanager
    def new_token(self) -> Iterator[CancellationToken]:
        """The token of a task that is worked on in this block.

        Whatever a stopped task fails with, the block ends with why it was stopped.
        """
        token = self._token = self._new_token()
        try:
            # It may have come before there was a token.
            if self._requested:
                token.stop(StopReason.INTERRUPTED)
            yield token
        except Exception as error:
            stopped = token.error()
            if stopped is None:
                raise
            raise stopped from error
        finally:
            self._token = None
            token.aborted()
