"""Batch Job State Change: a container that is gone while its task still counts on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from dh_core.errors import AttemptsExhausted, JobTimedOut, TransitionRefused
from dh_core.limits import ATTEMPTS_MAX, QUEUE_LEASE_SECONDS
from dh_core.store import TaskRecord
from dh_core.tasks.states import Phase, Transition, after_a_lost_attempt
from functions.dispatch.deps import Dependencies

logger = Logger(child=True)

_ENDED = frozenset({"SUCCEEDED", "FAILED"})
_TIMEOUT_REASON = "Job attempt duration exceeded timeout"
"""AWS Batch User Guide, "Job timeouts": the statusReason of a job that Batch timed out."""


@dataclass(frozen=True, slots=True)
class JobEnd:
    """What an event says about a job that is over."""

    task_id: str
    attempt: int
    reason: str

    @property
    def timed_out(self) -> bool:
        return self.reason.startswith(_TIMEOUT_REASON)


def job_end(event: dict[str, Any]) -> JobEnd | None:
    """Read an event; None for a state in between or a job that is not ours."""
    detail = event["detail"]
    parameters = detail.get("parameters") or {}
    if detail.get("status") not in _ENDED or not {"task_id", "attempt"} <= parameters.keys():
        return None
    return JobEnd(
        task_id=parameters["task_id"],
        attempt=int(parameters["attempt"]),
        reason=detail.get("statusReason", ""),
    )


def handle_job_end(deps: Dependencies, end: JobEnd) -> None:
    """Fail or requeue the task, unless it has ended or moved on to another attempt.

    A job that did its work has finished its task before it exits, so a job's end matters only
    when the task is still active under the same attempt.
    """
    task = deps.tasks.get(end.task_id)
    if task is None or (task.phase.is_terminal and task.result is None):
        # Its job has ended now: what that left behind will not grow any more.
        deps.queue.enqueue(end.task_id)
    if task is None or task.attempt != end.attempt:
        return
    if task.phase not in (Phase.SUBMITTED, Phase.RUNNING):
        return
    logger.warning(
        "job ended without finishing its task",
        extra={"task_id": task.task_id, "attempt": task.attempt, "reason": end.reason},
    )
    if end.timed_out:
        _fail(deps, task, JobTimedOut())
    else:
        handle_lost_attempt(deps, task)


def handle_lost_attempt(deps: Dependencies, task: TaskRecord) -> None:
    """The attempt's machine or process is gone: try again, or give up after the last attempt."""
    if after_a_lost_attempt(task.losses, ATTEMPTS_MAX) is Transition.FAIL:
        _fail(deps, task, AttemptsExhausted())
        return
    try:
        # Only from this run: a newer one of the same job may have begun since.
        deps.tasks.requeue(task.task_id, task.attempt, QUEUE_LEASE_SECONDS, seen=task)
    except TransitionRefused:
        logger.info("another event requeued the task", extra={"task_id": task.task_id})
        return
    deps.queue.enqueue(task.task_id)


def _fail(deps: Dependencies, task: TaskRecord, error: AttemptsExhausted | JobTimedOut) -> None:
    try:
        deps.tasks.fail(
            task.task_id, code=error.error_code, message=error.message, attempt=task.attempt
        )
    except TransitionRefused:
        logger.info("task moved on before it was failed", extra={"task_id": task.task_id})
    else:
        deps.queue.enqueue(task.task_id)
