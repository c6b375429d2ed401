"""A worker: it carries the task it was started for, and while it is warm others of its lane.

AWS Batch knows the worker by its own task. It is that one's end which becomes the exit status, and
that one which Batch brings back after status 75. A task that was taken over has no job: when it
cannot be finished here it is given back to the queue, and if even that fails its lease runs out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.cloud.task_queue import AnnounceFailed, TaskQueue
from dh_core.errors import Misconfigured, TransitionRefused
from dh_core.settings import Lingering
from dh_core.specs.task_types import parse_spec
from dh_core.store import Claim, TakenOver
from dh_core.tasks.waiting_queue import Hint, WaitingQueue
from gpu_jobs.jobs.cancellation import StopReason
from gpu_jobs.runtime.runner import Outcome, Runner

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 2.0
"""Longest wait for a hint: a worker that is told to end while idle notices after it."""

_LET_GO: Final = frozenset({Outcome.UNFINISHED, Outcome.SKIPPED})
"""After these a worker ends: something is wrong with its machine, or it has never worked."""


@dataclass
class Worker:
    """One process. `clock` is monotonic, in seconds; `started` its value at the process's start."""

    runner: Runner
    queue: TaskQueue
    open_hints: Callable[[str], WaitingQueue] = WaitingQueue
    clock: Callable[[], float] = time.monotonic
    started: float = field(default_factory=time.monotonic)
    _own: Outcome | None = field(default=None, init=False)
    _taken: Claim | None = field(default=None, init=False)

    def run(self, task_id: str, attempt: int) -> Outcome:
        """Work until there is nothing more to do; answers how the worker's own task ended."""
        self._own = self.runner.run(task_id, attempt)
        if self._own not in _LET_GO:
            lingering = self._lingering(task_id)
            if lingering is not None:
                self._tell_end(task_id)
                try:
                    self._linger(lingering)
                except Misconfigured:
                    logger.exception("this worker may not take waiting tasks; ending")
        return self._own

    def leave(self, reason: StopReason) -> Outcome:
        """Give up the task in hand, because the process ends under it; answers as `run` does."""
        if self._own is None:
            return Outcome.ABANDONED if reason is StopReason.CANCELLED else Outcome.UNFINISHED
        if reason is StopReason.INTERRUPTED and self._taken is not None:
            self._give_back(self._taken)
        return self._own

    def _lingering(self, task_id: str) -> Lingering | None:
        """How workers of the lane of this worker's own task linger, if they do."""
        try:
            task = self.runner.tasks.get(task_id)
        except CLOUD_ERRORS:
            logger.exception("the table is out of reach; ending")
            return None
        if task is None or not self.runner.settings.task_queue_url:
            return None
        return self.runner.settings.lingering(parse_spec(task.spec).lane)

    def _linger(self, lingering: Lingering) -> None:
        """Carry tasks that wait, until there was none for so long, or the worker is too old."""
        hints = self.open_hints(lingering.queue_url)
        oldest = self.started + self.runner.settings.linger_until_seconds
        until = min(self.clock() + lingering.seconds, oldest)
        while not self.runner.shutdown.requested and self.clock() < until:
            taken = self._take(hints, until)
            if taken is None:
                continue
            self._taken = taken.claim
            outcome = self._carry(taken)
            if outcome is Outcome.UNFINISHED:
                self._give_back(taken.claim)
                return
            self._taken = None
            self._tell_end(taken.claim.task_id)
            until = min(self.clock() + lingering.seconds, oldest)
        logger.info("no more tasks for this worker")

    def _take(self, hints: WaitingQueue, until: float) -> TakenOver | None:
        """A task that waits, if a hint at one comes. None also for a hint that is out of date."""
        try:
            hint = hints.take(min(until - self.clock(), POLL_SECONDS))
            if hint is None or self.runner.shutdown.requested:
                return None
            return self._take_over(hint)
        except Misconfigured:
            raise
        except CLOUD_ERRORS:
            logger.exception("could not look for a waiting task")
            # Not at once again: whatever is wrong may take a moment.
            time.sleep(POLL_SECONDS)
            return None

    def _take_over(self, hint: Hint) -> TakenOver | None:
        try:
            return self.runner.tasks.take_over(
                hint.task_id, hint.attempt, self.runner.settings.lease_seconds
            )
        except TransitionRefused:
            logger.info("does not wait any more: %s", hint.task_id)
        except ValueError:
            # A newer release made it than this worker is of; its own job will be of that one.
            logger.warning("cannot read %s; leaving it to its job", hint.task_id)
        return None

    def _carry(self, taken: TakenOver) -> Outcome:
        task_id = taken.claim.task_id
        logger.info("taking over: %s", task_id)
        job_id = taken.superseded_job
        if job_id is not None:
            self._enqueue(lambda: self.queue.announce_superseded(task_id, job_id))
        try:
            return self.runner.carry(taken.claim)
        except CLOUD_ERRORS:
            logger.exception("could not note how %s ended", task_id)
            return Outcome.UNFINISHED

    def _give_back(self, claim: Claim) -> None:
        """Without this the task comes back too, when its lease has run out."""
        self._enqueue(lambda: self.queue.enqueue_lost(claim.task_id, claim.attempt))

    def _tell_end(self, task_id: str) -> None:
        """Have the callback of an ended task told. Else the end of this job would, much later."""
        try:
            task = self.runner.tasks.get(task_id)
        except CLOUD_ERRORS:
            logger.exception("the sweep will see to the callback of %s", task_id)
            return
        if task is not None and task.callback_url:
            self._enqueue(lambda: self.queue.enqueue(task_id))

    def _enqueue(self, send: Callable[[], None]) -> None:
        try:
            send()
        except AnnounceFailed:
            logger.exception("the dispatcher was not told")
