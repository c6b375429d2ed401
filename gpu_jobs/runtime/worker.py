"""A worker: it carries the task it was started for, and while it is warm others of its lane.

AWS Batch knows the worker by its own task. It is that one's end which becomes the exit status, and
that one which Batch brings back after status 75: until then it waits again, and a warm worker may
be quicker. A waiting task that was claimed has no job: when it cannot be finished here it is given
back to the queue. If either fails the lease runs out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.cloud.messages import AttemptLost, JobSuperseded, Message, TaskChanged, TaskWaiting
from dh_core.cloud.task_queue import EnqueueFailed, TaskQueue
from dh_core.errors import Misconfigured, TransitionRefused
from dh_core.settings import KeepAlive
from dh_core.store import Claim, TaskRecord, WaitingClaim
from dh_core.tasks.waiting_queue import WaitingQueue
from gpu_jobs.jobs.cancellation import StopReason
from gpu_jobs.runtime.runner import Outcome, Runner

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 2.0
"""Longest wait for a message: a worker that is told to end while idle notices after it."""

_LET_GO: Final = frozenset({Outcome.UNFINISHED, Outcome.SKIPPED})
"""After these a worker ends: something is wrong with its machine, or it has never worked."""


@dataclass
class Worker:
    """One process. `clock` is monotonic, in seconds; `started` its value at the process's start."""

    runner: Runner
    queue: TaskQueue
    open_queue: Callable[[str], WaitingQueue] = WaitingQueue
    clock: Callable[[], float] = time.monotonic
    started: float = field(default_factory=time.monotonic)
    _own: Outcome | None = field(default=None, init=False)
    _started: tuple[str, int] | None = field(default=None, init=False)
    """The worker's own task and its attempt."""
    _claimed: Claim | None = field(default=None, init=False)

    def run(self, task_id: str, attempt: int) -> Outcome:
        """Work until there is nothing more to do; answers how the worker's own task ended."""
        self._started = task_id, attempt
        self._own = self.runner.run(task_id, attempt, self._tell_start)
        if self._own is Outcome.UNFINISHED:
            self._let_wait(task_id, attempt)
        elif self._own not in _LET_GO:
            keep_alive = self._keep_alive(task_id)
            if keep_alive is not None:
                self._tell_end(task_id)
                try:
                    self._carry_waiting_tasks(keep_alive)
                except Misconfigured:
                    logger.exception("this worker may not claim waiting tasks; ending")
        return self._own

    def leave(self, reason: StopReason) -> Outcome:
        """Give up the current task, because the process ends under it; answers as `run` does."""
        if self._own is None:
            if reason is StopReason.CANCELLED:
                return Outcome.ABANDONED
            if self._started is not None:
                self._let_wait(*self._started)
            return Outcome.UNFINISHED
        if reason is StopReason.INTERRUPTED and self._claimed is not None:
            self._give_back(self._claimed)
        return self._own

    def _keep_alive(self, task_id: str) -> KeepAlive | None:
        """How idle workers of the lane of this worker's own task are kept, if they are."""
        try:
            task = self.runner.tasks.get(task_id)
        except CLOUD_ERRORS:
            logger.exception("the table is out of reach; ending")
            return None
        if task is None or not self.runner.settings.task_queue_url:
            return None
        return self.runner.settings.keep_alive(task.lane)

    def _carry_waiting_tasks(self, keep_alive: KeepAlive) -> None:
        """Until there was none for so long, the worker is too old, or it is told to leave."""
        queue = self.open_queue(keep_alive.queue_url)
        oldest = self.started + self.runner.settings.worker_max_age_seconds
        until = min(self.clock() + keep_alive.seconds, oldest)
        while not self._is_to_leave() and self.clock() < until:
            claimed = self._next_waiting(queue, until)
            if claimed is None:
                continue
            self._claimed = claimed.claim
            outcome = self._carry(claimed)
            if outcome is Outcome.UNFINISHED:
                self._give_back(claimed.claim)
                return
            self._claimed = None
            self._tell_end(claimed.claim.task_id)
            until = min(self.clock() + keep_alive.seconds, oldest)
        logger.info("no more tasks for this worker")

    def _is_to_leave(self) -> bool:
        leave = self.runner.settings.leave_file
        return self.runner.shutdown.requested or (leave is not None and leave.exists())

    def _next_waiting(self, queue: WaitingQueue, until: float) -> WaitingClaim | None:
        """The claim on a task that waits, if a message names one. None also for an old message."""
        try:
            waiting = queue.take(min(until - self.clock(), POLL_SECONDS))
            if waiting is None or self.runner.shutdown.requested:
                return None
            return self._claim(waiting)
        except Misconfigured:
            raise
        except CLOUD_ERRORS:
            logger.exception("could not look for a waiting task")
            # Not at once again: whatever is wrong may take a moment.
            time.sleep(POLL_SECONDS)
            return None

    def _claim(self, waiting: TaskWaiting) -> WaitingClaim | None:
        try:
            return self.runner.tasks.claim_waiting(
                waiting.task_id, waiting.attempt, self.runner.settings.lease_seconds
            )
        except TransitionRefused:
            logger.info("does not wait any more: %s", waiting.task_id)
        except ValueError:
            # A newer release made it than this worker is of; its own job will be of that one.
            logger.warning("cannot read %s; leaving it to its job", waiting.task_id)
        return None

    def _carry(self, claimed: WaitingClaim) -> Outcome:
        task_id = claimed.claim.task_id
        logger.info("claimed a waiting task: %s", task_id)
        job_id = claimed.superseded_job
        if job_id is not None:
            self._enqueue(JobSuperseded(task_id=task_id, job_id=job_id))
        try:
            return self.runner.carry(claimed.claim, self._tell_start)
        except CLOUD_ERRORS:
            logger.exception("could not note how %s ended", task_id)
            return Outcome.UNFINISHED

    def _let_wait(self, task_id: str, attempt: int) -> None:
        """Have the worker's own task wait for Batch's next run of its job, or a warm worker."""
        settings, tasks = self.runner.settings, self.runner.tasks
        try:
            task = tasks.get(task_id)
            own = attempt, settings.aws_batch_job_attempt
            if task is None or (task.attempt, task.run) != own:
                return
            # The sweep asks Batch after one lease whether the job is there.
            tasks.await_restart(task, settings.lease_seconds)
        except TransitionRefused:
            logger.info("another event moved the task: %s", task_id)
        except CLOUD_ERRORS:
            logger.exception("the sweep will see to %s", task_id)
        else:
            if settings.task_queue_url:
                self._enqueue(TaskChanged(task_id=task_id))

    def _give_back(self, claim: Claim) -> None:
        """Without this the task comes back too, when its lease has run out."""
        self._enqueue(AttemptLost(task_id=claim.task_id, attempt=claim.attempt))

    def _tell_start(self, task: TaskRecord) -> None:
        """Have the callback of a task that runs now told, if it asked for that."""
        if task.run_events:
            self._enqueue(TaskChanged(task_id=task.task_id))

    def _tell_end(self, task_id: str) -> None:
        """Have the callback of an ended task told. Else the end of this job would, much later."""
        try:
            task = self.runner.tasks.get(task_id)
        except CLOUD_ERRORS:
            logger.exception("the sweep will see to the callback of %s", task_id)
            return
        if task is not None and task.callback_url:
            self._enqueue(TaskChanged(task_id=task_id))

    def _enqueue(self, message: Message) -> None:
        try:
            self.queue.send(message)
        except EnqueueFailed:
            logger.exception("the dispatcher was not told")
