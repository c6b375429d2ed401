"""The one-minute sweep: everything whose lease ran out gets another push.

Queues, events and jobs may fail, because whatever they lose, this finds.
"""

from __future__ import annotations

import itertools
from typing import Final

from aws_lambda_powertools import Logger

from dh_core.cloud import metrics
from dh_core.cloud.messages import AccountDeletionDue, SamplesTaken
from dh_core.errors import InputMissing, TransitionRefused
from dh_core.limits import QUEUE_LEASE_SECONDS
from dh_core.store import FileStatus, TaskRecord
from dh_core.tasks.states import Phase
from functions.dispatch.batch.events import handle_lost_attempt
from functions.dispatch.deps import Dependencies
from functions.dispatch.files.objects import settle_input

logger = Logger(child=True)


def sweep(deps: Dependencies) -> int:
    """Handle every active task whose lease ran out; returns how many there were.

    Deletions of accounts that nobody goes on with are enqueued: their work is for another message.
    """
    for deletion in deps.accounts.expired():
        deps.deletion_queue.send(AccountDeletionDue(owner=deletion.owner))
    count = 0
    for task in deps.tasks.expired():
        count += 1
        logger.info("lease ran out", extra={"task_id": task.task_id, "phase": task.phase})
        try:
            _handle(deps, task)
        except TransitionRefused:
            logger.info("task moved during the sweep", extra={"task_id": task.task_id})
    return count


_LOOKS: Final = 50
"""Entries of the log that a sweep looks at: 72,000 a day, each once a week."""


def sweep_log(deps: Dependencies) -> int:
    """Let entries go whose time is over, with what shows the consent; how many went."""
    gone = 0
    for entry in itertools.islice(deps.log.due(), _LOOKS):
        if deps.log.look(entry, deps.settings.consent_retention_days):
            if entry.evidence_key is not None:
                deps.media.erase(entry.evidence_key)
            deps.log.delete(entry)
            gone += 1
    return gone


def measure_queue_depth(deps: Dependencies) -> None:
    """Say how many tasks wait in each lane, and how long the first has, also when none does.

    So silence means that the sweep did not run, and raises an alarm.
    """
    if deps.settings.metrics_namespace is None:
        return
    for lane, depth in deps.queue_depths.read().items():
        deps.metrics.write(
            {metrics.QUEUE_AGE_SECONDS: depth.age_seconds, metrics.QUEUE_DEPTH: depth.tasks},
            lane=lane,
        )


def _handle(deps: Dependencies, task: TaskRecord) -> None:
    if task.phase is Phase.WAITING_INPUTS:
        _settle_missing_inputs(deps, task)
    elif task.phase is Phase.MODERATING:
        deps.tasks.renew(task, QUEUE_LEASE_SECONDS)
        deps.queue.send(SamplesTaken(task_id=task.task_id))
    elif task.phase is Phase.QUEUED:
        # Renewed first: two sweeps at once must not enqueue twice.
        deps.tasks.renew(task, QUEUE_LEASE_SECONDS)
        deps.queue.enqueue(task.task_id)
    elif task.phase is Phase.SUBMITTED and task.job_id and deps.batch.is_waiting(task.job_id):
        # No machine yet: a second job would only wait behind the first.
        deps.tasks.renew(task, deps.settings.start_lease_seconds)
    elif task.phase is Phase.RUNNING and task.job_id and deps.batch.is_waiting(task.job_id):
        # Batch brings the job back by itself. Another would wait behind it.
        deps.tasks.await_restart(task, deps.settings.start_lease_seconds)
        deps.queue.enqueue(task.task_id)
    else:
        handle_lost_attempt(deps, task)


def _settle_missing_inputs(deps: Dependencies, task: TaskRecord) -> None:
    settled, judged = 0, 0
    for awaited in sorted(task.missing):
        file_type, filename = awaited.split("/", 1)
        file = deps.files.get(task.owner, file_type, filename)
        if file is not None and file.status is not FileStatus.PENDING:
            settle_input(deps, task.task_id, file)
            settled += 1
        elif file is not None and deps.moderations.of(file) is not None:
            judged += 1
    if settled + judged < len(task.missing):
        error = InputMissing()
        deps.tasks.fail(task.task_id, code=error.error_code, message=error.message)
    elif judged and not settled:
        # It did arrive; the sweep ends the wait for its judgement.
        deps.tasks.renew(task, QUEUE_LEASE_SECONDS)
    elif not task.missing:
        # Its last input arrived, but whoever struck it off died before queueing the task.
        deps.tasks.queue_complete_inputs(task.task_id, QUEUE_LEASE_SECONDS)
        deps.queue.enqueue(task.task_id)
