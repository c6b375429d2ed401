"""Deleting an account: a row of steps, each in batches that may be repeated.

    1.tasks → 1.files → 1.listed → 1.objects → 1.named → settle → 2.tasks → … → 2.named → deleted

After every batch the account's item says where to go on, so whoever is cut off (a Lambda's time, a
crash) loses one batch of work, and the next message or the sweep repeats it. The second pass comes
two minutes later: a job that was cancelled, or a request that was under way, may have written
something behind the first one's back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aws_lambda_powertools import Logger

from dh_core.cloud.media_store import generated_folder
from dh_core.cloud.messages import AccountDeletionDue
from dh_core.cloud.multipart import MultipartMedia
from dh_core.errors import TransitionRefused
from dh_core.files.ownership import folders_of
from dh_core.limits import QUEUE_LEASE_SECONDS
from dh_core.store import AccountDeletion, TaskFilter, TaskRecord
from dh_core.store.owners.accounts import DELETING, SETTLE
from functions.dispatch.deps import Dependencies

logger = Logger(child=True)

BATCH: Final = 25
"""Tasks or files in one batch: some seconds' work, well below the function's 30."""
SETTLE_SECONDS: Final = 120
_WORK_SECONDS: Final = 10.0
"""After this long a message is done; the next one goes on."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch removed, and whether its step may have more to do."""

    removed: int
    more: bool


Step = Callable[[Dependencies, str], Batch]


def continue_deletion(deps: Dependencies, owner: str) -> None:
    """Go on where the deletion stands, for a while; enqueue it again if that was not all."""
    deletion = deps.accounts.deletion(owner)
    stop_at = time.monotonic() + _WORK_SECONDS
    while deletion is not None and deletion.state == DELETING:
        if deletion.step == SETTLE and not deps.accounts.is_due(deletion):
            return
        if time.monotonic() >= stop_at:
            deps.deletion_queue.send(AccountDeletionDue(owner=owner))
            return
        # None: another message is at the same deletion, and is ahead.
        deletion = _one_batch(deps, deletion)


def _one_batch(deps: Dependencies, deletion: AccountDeletion) -> AccountDeletion | None:
    if deletion.step == SETTLE:
        return _go_on(deps, deletion, f"2.{next(iter(_STEPS))}", 0)
    turn, _, name = deletion.step.partition(".")
    batch = _STEPS[name](deps, deletion.owner)
    if batch.more:
        return _go_on(deps, deletion, deletion.step, batch.removed)
    following = list(_STEPS)[list(_STEPS).index(name) + 1 :]
    if following:
        return _go_on(deps, deletion, f"{turn}.{following[0]}", batch.removed)
    if turn == "1":
        return _go_on(deps, deletion, SETTLE, batch.removed, seconds=SETTLE_SECONDS)
    logger.info("account deleted", extra={"deletion_id": deletion.deletion_id})
    return deps.accounts.finish(deletion)


def _go_on(
    deps: Dependencies,
    deletion: AccountDeletion,
    step: str,
    removed: int,
    seconds: int = QUEUE_LEASE_SECONDS,
) -> AccountDeletion | None:
    return deps.accounts.advance(deletion, step=step, removed=removed, lease_seconds=seconds)


def _tasks(deps: Dependencies, owner: str) -> Batch:
    page = deps.tasks.newest(owner, TaskFilter(), limit=BATCH, cursor=None)
    return Batch(sum(_remove_task(deps, task) for task in page.records), bool(page.records))


def _remove_task(deps: Dependencies, listed: TaskRecord) -> bool:
    """End a task if need be, then forget it with its results. The record goes last."""
    task = deps.tasks.get(listed.task_id)
    if task is None:
        return False
    if not task.phase.is_terminal:
        try:
            task = deps.tasks.cancel(task.task_id)
        except TransitionRefused:
            logger.info("task ended before it was cancelled", extra={"task_id": task.task_id})
            return False
        if task.job_id:
            deps.batch.end(task, task.job_id, "the account is being deleted")
    deps.media.erase_folder(generated_folder(task.task_id))
    return deps.tasks.delete(task)


def _files(deps: Dependencies, owner: str) -> Batch:
    files = deps.files.newest(owner, BATCH)
    removed = 0
    for file in files:
        deps.media.erase(file.key)
        removed += deps.files.delete(file)
    return Batch(removed, bool(files))


def _listed(deps: Dependencies, owner: str) -> Batch:
    found = deps.owned.delete_listed(owner, BATCH)
    return Batch(found, found > 0)


def _objects(deps: Dependencies, owner: str) -> Batch:
    found = 0
    for folder in folders_of(owner):
        MultipartMedia(deps.media).abort_all(folder)
        found += deps.media.erase_some(folder)
    return Batch(found, found > 0)


def _named(deps: Dependencies, owner: str) -> Batch:
    return Batch(deps.owned.delete_named(owner), more=False)


_STEPS: Final[dict[str, Step]] = {
    "tasks": _tasks,
    "files": _files,
    "listed": _listed,
    "objects": _objects,
    "named": _named,
}
