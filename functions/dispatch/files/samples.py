"""Samples of what tasks read and make: handed to the moderator, and what its verdicts come to.

A rejected sample of an upload rejects the upload, with every task that needs it; one of a result
fails its task. A result whose samples were all allowed is shown.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger

from dh_core.errors import (
    ContentRejected,
    JobError,
    ModerationAbsent,
    ModerationUnanswered,
    ResultRejected,
    TransitionRefused,
)
from dh_core.store import Sample, Sampled, TaskRecord
from dh_core.tasks.states import Phase
from functions.dispatch.deps import Dependencies
from functions.dispatch.files.objects import note_allowed, reject_upload
from functions.dispatch.moderation import Verdict

logger = Logger(child=True)


def handle_samples(deps: Dependencies, task_id: str) -> None:
    """Hand in what was not, show the result if nothing of it is left, or end the wait for that.

    Safe to repeat.
    """
    task = deps.tasks.get(task_id)
    if task is None:
        return
    if task.phase.is_terminal:
        # Cancelled just as its job withheld the result: nobody else takes that away.
        deps.queue.enqueue(task_id)
        return
    absent = False
    for sample in list(deps.samples.of(task)):
        verdict = deps.moderator.judge_sample(sample)
        # Who has been away may come back while the wait lasts; the sweep asks again.
        absent = absent or verdict is Verdict.ABSENT
        if verdict not in (Verdict.WAIT, Verdict.ABSENT):
            settle_sample(deps, sample, verdict)
    _show(deps, task_id)
    wait = deps.wechat.moderation_wait_seconds
    if task.withheld is not None and deps.clock() >= task.withheld.since + wait:
        _fail(deps, task_id, ModerationAbsent() if absent else ModerationUnanswered())


def settle_sample(deps: Dependencies, sample: Sample, verdict: Verdict) -> None:
    """What a moderator says of a sample. Safe to repeat."""
    task = deps.tasks.get(sample.task_id)
    is_current = task is not None and task.folder_in_use == sample.run
    if verdict is Verdict.ALLOWED:
        deps.samples.drop(sample)
        if task is not None and is_current:
            _note_allowed(deps, task, sample.upload)
            _show(deps, sample.task_id)
    elif verdict is Verdict.REJECTED:
        if sample.upload is not None:
            reject_upload(deps, sample.upload.key, etag=sample.upload.etag)
        _fail(
            deps, sample.task_id, ResultRejected() if sample.upload is None else ContentRejected()
        )
    elif is_current:
        # An earlier run's is gone before anybody looks.
        _fail(deps, sample.task_id, ModerationUnanswered())
    deps.media.erase(sample.object_key)


def _show(deps: Dependencies, task_id: str) -> None:
    """Complete a task whose result nobody objects to."""
    task = deps.tasks.get(task_id)
    if task is None or task.phase is not Phase.MODERATING or task.withheld is None:
        return
    if next(deps.samples.of(task), None) is not None:
        return
    try:
        deps.tasks.release(task)
    except TransitionRefused:
        logger.info("another event moved the task", extra={"task_id": task_id})
        return
    if task.withheld.replaces is not None:
        deps.media.delete_folder(task.withheld.replaces)
    # Its callback is to be told.
    deps.queue.enqueue(task_id)


def _fail(deps: Dependencies, task_id: str, error: JobError) -> None:
    try:
        deps.tasks.fail(task_id, code=error.error_code, message=error.message)
    except TransitionRefused:
        logger.info("task ended before it was judged", extra={"task_id": task_id})
    # What was made and what was taken of it is taken away, and its callback told.
    deps.queue.enqueue(task_id)


def _note_allowed(deps: Dependencies, task: TaskRecord, upload: Sampled | None) -> None:
    """Later tasks need not ask again, once the last sample of an upload is allowed."""
    if upload is None or any(left.upload == upload for left in deps.samples.of(task)):
        return
    note_allowed(deps, upload.key, etag=upload.etag)
