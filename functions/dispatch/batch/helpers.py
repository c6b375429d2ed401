"""A long video in segments: what a message about one makes us do. The table decides.

A running job asks for helpers when it has cut its video, and says again when all segments are
made. Helpers are an array job that touches nothing but segments; the job would manage without.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger

from dh_core.errors import TransitionRefused
from dh_core.store import SegmentState, TaskRecord
from dh_core.store.tasks.records import Claim
from functions.dispatch.deps import Dependencies

logger = Logger(child=True)


def handle_fan_out(deps: Dependencies, task_id: str, attempt: int) -> None:
    """Submit helpers once while segments of this attempt wait; end them when none does."""
    task = deps.tasks.get(task_id)
    if task is None or task.attempt != attempt:
        return
    waiting = 0 if task.claim is None else _waiting(deps, task.claim)
    # The job that asks has taken one itself, or is about to.
    size = min(deps.settings.fanout_workers, waiting - 1)
    if waiting == 0:
        end_assistance(deps, task, "its work is done")
    elif task.claim is not None and size > 0:
        _submit(deps, task, task.claim, size)


def end_assistance(deps: Dependencies, task: TaskRecord, reason: str) -> None:
    """End the job that helps a task, if there is one, with whatever of it waits or runs."""
    if task.assist_job_id is not None:
        deps.batch.terminate(task.assist_job_id, reason)
        logger.info("helpers ended", extra={"task_id": task.task_id, "job_id": task.assist_job_id})


def _waiting(deps: Dependencies, claim: Claim) -> int:
    return sum(one.state is not SegmentState.DONE for one in deps.segments.all(claim))


def _submit(deps: Dependencies, task: TaskRecord, claim: Claim, size: int) -> None:
    if not deps.assistance.begin(claim):
        logger.info("helpers were asked for already", extra={"task_id": task.task_id})
        return
    try:
        job_id = deps.batch.submit_assistance(task, size)
    except Exception:
        # Before the message is retried: its next delivery must not find it asked for already.
        deps.assistance.give_up(claim)
        raise
    try:
        deps.assistance.record_job(claim, job_id)
    except TransitionRefused:
        deps.batch.terminate(job_id, "the task moved on")
    else:
        logger.info("helpers submitted", extra={"task_id": task.task_id, "count": size})
