"""The task queue: what a message about a task makes us do. The table, not the message, decides."""

from __future__ import annotations

from aws_lambda_powertools import Logger

from dh_core.cloud.media_store import generated_folder
from dh_core.cloud.messages import TaskWaiting
from dh_core.cloud.task_queue import EnqueueFailed
from dh_core.errors import AttemptsExhausted, TransitionRefused
from dh_core.limits import QUEUE_LEASE_SECONDS
from dh_core.store import TaskRecord
from dh_core.store.tasks.outputs import drop_all_runs
from dh_core.tasks.states import Phase
from functions.dispatch.batch.helpers import end_assistance
from functions.dispatch.deps import Dependencies
from functions.dispatch.webhooks.delivery import enqueue_delivery, enqueue_delivery_of_ended

logger = Logger(child=True)


def handle_task_changed(deps: Dependencies, task_id: str) -> None:
    """Dispatch a queued task; clear up after one that is over; tell the callback what is new."""
    task = deps.tasks.get(task_id)
    if task is None:
        logger.warning("the task of a message does not exist", extra={"task_id": task_id})
        # Deleted under its job, which may have uploaded something since, and been killed.
        deps.media.erase_folder(generated_folder(task_id))
    elif task.phase is Phase.QUEUED:
        # Those of an attempt that was lost would find nothing to do.
        end_assistance(deps, task, "the attempt was lost")
        if task.job_id:
            # Batch may hold it for another machine, which would start for nothing.
            deps.batch.end(task, task.job_id, "the attempt was lost")
        _dispatch(deps, task_id)
    elif task.phase is Phase.SUBMITTED and task.run:
        # Its job began, and waits for a machine again.
        end_assistance(deps, task, "the run was lost")
        _offer_to_warm_workers(deps, task)
    elif task.phase is Phase.RUNNING and task.run_events:
        enqueue_delivery(deps, task_id)
    elif task.phase.is_terminal:
        end_assistance(deps, task, "the task ended")
        if task.job_id and _may_still_run(task):
            deps.batch.end(task, task.job_id, f"the task was {task.phase}")
            logger.info("job ended for a task that is over", extra={"task_id": task_id})
        if task.result is None:
            # An attempt that was killed could not take away what it had uploaded.
            drop_all_runs(deps.media, task)
        enqueue_delivery_of_ended(deps, task_id)


def _may_still_run(task: TaskRecord) -> bool:
    """Whether the task ended without its job, which may work on or be brought back by Batch."""
    return task.phase is Phase.CANCELLED or task.error_code == AttemptsExhausted.code


def handle_superseded(deps: Dependencies, job_id: str) -> None:
    """End a job whose task a warm worker took: no machine is to be started for it.

    Such a job never holds another task: if it has begun it is refused, and ends by itself.
    """
    deps.batch.terminate(job_id, "a warm worker took the task")
    logger.info("superseded job ended", extra={"job_id": job_id})


def _dispatch(deps: Dependencies, task_id: str) -> None:
    try:
        # A short lease: whoever dies before the job is on record leaves the task to the sweep.
        task = deps.tasks.dispatch(task_id, QUEUE_LEASE_SECONDS)
    except TransitionRefused:
        logger.info("another message dispatched the task", extra={"task_id": task_id})
        return
    job_id = _submit(deps, task)
    try:
        # The same write leaves Batch the time to find a machine.
        deps.tasks.record_job(task_id, task.attempt, job_id, deps.settings.start_lease_seconds)
    except TransitionRefused:
        logger.info("task moved on before its job was recorded", extra={"task_id": task_id})
        _end_unrecorded(deps, task, job_id)
    else:
        logger.info(
            "task submitted",
            extra={"task_id": task_id, "attempt": task.attempt, "job_id": job_id},
        )
        _offer_to_warm_workers(deps, task)


def _end_unrecorded(deps: Dependencies, dispatched: TaskRecord, job_id: str) -> None:
    """The task was cancelled, finished or lost while Batch answered."""
    now = deps.tasks.get(dispatched.task_id)
    if now is None:
        deps.batch.terminate(job_id, "the task was deleted")
    elif now.phase is Phase.CANCELLED or not now.phase.is_terminal:
        # It may have begun, whatever the task says by now.
        deps.batch.end(now, job_id, "the task moved on", began=True)


def _offer_to_warm_workers(deps: Dependencies, task: TaskRecord) -> None:
    """After the task's job is on record: whichever worker claims the task ends that."""
    queue = deps.waiting.get(task.lane)
    if queue is None:
        return
    try:
        queue.offer(TaskWaiting(task_id=task.task_id, attempt=task.attempt))
    except EnqueueFailed:
        logger.exception("no warm worker was told", extra={"task_id": task.task_id})


def _submit(deps: Dependencies, task: TaskRecord) -> str:
    try:
        return deps.batch.submit(task)
    except Exception:
        # Back to the queue before the message is retried: the next delivery must find it there.
        deps.tasks.requeue(task.task_id, task.attempt, QUEUE_LEASE_SECONDS, lost=False)
        raise
