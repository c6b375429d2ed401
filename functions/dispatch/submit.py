"""The task queue: what a message about a task makes us do. The table, not the message, decides."""

from __future__ import annotations

from aws_lambda_powertools import Logger

from dh_core.errors import TransitionRefused
from dh_core.limits import QUEUE_LEASE_SECONDS
from dh_core.store import TaskRecord
from dh_core.tasks import Phase
from functions.dispatch.deps import Dependencies
from functions.dispatch.fan_out import end_assistance

logger = Logger(child=True)


def handle_announcement(deps: Dependencies, task_id: str) -> None:
    """Dispatch the task if it is queued; end its job if it was cancelled; else do nothing."""
    task = deps.tasks.get(task_id)
    if task is None:
        logger.warning("announced task does not exist", extra={"task_id": task_id})
    elif task.phase is Phase.QUEUED:
        # Those of an attempt that was lost would find nothing to do.
        end_assistance(deps, task, "the attempt was lost")
        _dispatch(deps, task_id)
    elif task.phase is Phase.CANCELLED:
        end_assistance(deps, task, "the task was cancelled")
        if task.job_id:
            deps.batch.terminate(task.job_id, "the task was cancelled")
            logger.info("job ended for a cancelled task", extra={"task_id": task_id})


def _dispatch(deps: Dependencies, task_id: str) -> None:
    try:
        task = deps.tasks.dispatch(task_id, deps.settings.start_lease_seconds)
    except TransitionRefused:
        logger.info("another message dispatched the task", extra={"task_id": task_id})
        return
    job_id = _submit(deps, task)
    try:
        deps.tasks.record_job(task_id, task.attempt, job_id)
    except TransitionRefused:
        # Cancelled, or already finished, while Batch answered.
        logger.info("task moved on before its job was recorded", extra={"task_id": task_id})
        ended = deps.tasks.get(task_id)
        if ended is None or ended.phase is Phase.CANCELLED:
            deps.batch.terminate(job_id, "the task was cancelled")
    else:
        logger.info(
            "task submitted",
            extra={"task_id": task_id, "attempt": task.attempt, "job_id": job_id},
        )


def _submit(deps: Dependencies, task: TaskRecord) -> str:
    try:
        return deps.batch.submit(task)
    except Exception:
        # Back to the queue before the message is retried: the next delivery must find it there.
        deps.tasks.requeue(task.task_id, task.attempt, QUEUE_LEASE_SECONDS, lost=False)
        raise
