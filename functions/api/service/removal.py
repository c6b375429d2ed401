"""Deleting a file or a task, with all that hangs on it.

The record goes last: as long as something is left, the deletion can be asked for again.
"""

from __future__ import annotations

from typing import Final

from dh_core.cloud.media_store import avatar_key, generated_folder
from dh_core.cloud.multipart import MultipartMedia
from dh_core.errors import Conflict, InputMissing, NotFound, TransitionRefused
from dh_core.limits import FileType
from dh_core.store import FileRecord, TaskRecord
from dh_core.tasks.outputs import drop_all_runs
from dh_core.tasks.states import Phase
from functions.api.auth.caller import Caller
from functions.api.schemas.files import FileDeletedResponse
from functions.api.schemas.tasks import TaskDeletedResponse
from functions.api.service.shared.context import Stores
from functions.api.service.tasks import find

_IN_HAND: Final = frozenset({Phase.SUBMITTED, Phase.RUNNING})
_BATCH: Final = 100


def delete_task(stores: Stores, caller: Caller, task_id: str) -> TaskDeletedResponse:
    """Forget an ended task and what it made. Raises NotFound, and Conflict before its end.

    What it put into a library, a voice or a template, has a folder of its own and stays there.
    """
    task = find(stores, caller, task_id)
    if not task.phase.is_terminal:
        raise Conflict(
            f"The task is still {task.status}; cancel it first (POST /api/tasks/{task_id}/cancel).",
            code="task_not_ended",
        )
    stores.media.delete_folder(generated_folder(task.task_id))
    if task.result is None:
        drop_all_runs(stores.media, task)
    stores.tasks.delete(task)
    return TaskDeletedResponse(message="任务已删除", task_id=task_id)


def delete_file(
    stores: Stores, caller: Caller, file_type: FileType, filename: str
) -> FileDeletedResponse:
    """Delete an upload and the avatars made from it.

    A task that is at work on the file is not disturbed: Conflict. Tasks that have not begun
    fail with `input_missing`. Raises NotFound.
    """
    file = _find_file(stores, caller, file_type, filename)
    waiting = _waiting_users(stores, file)
    failed = [task.task_id for task in waiting if _fail(stores, task, file)]
    for avatar in file.avatars:
        stores.media.delete(avatar_key(caller.owner, avatar))
    stores.media.delete(file.key)
    MultipartMedia(stores.media).abort_all(file.key)
    stores.multipart.delete_of(caller.owner, file_type, filename)
    if not stores.files.delete(file):
        again = stores.files.get(caller.owner, file_type, filename)
        if again is not None:
            # Its upload has just arrived, or been rejected.
            stores.media.delete(file.key)
            stores.files.delete(again)
    return FileDeletedResponse(
        message="文件已删除", file_type=file_type, filename=filename, failed_tasks=failed
    )


def _find_file(stores: Stores, caller: Caller, file_type: FileType, filename: str) -> FileRecord:
    file = stores.files.get(caller.owner, file_type, filename)
    if file is None:
        raise NotFound(
            f"There is no uploaded {file_type} by this name; see /api/files/list.",
            code="file_not_found",
        )
    return file


def _waiting_users(stores: Stores, file: FileRecord) -> list[TaskRecord]:
    """The tasks that need the file and have not begun. Raises Conflict if one has."""
    ids = list(stores.files.tasks_using(file))
    users = [
        task
        for start in range(0, len(ids), _BATCH)
        for task in stores.tasks.many(ids[start : start + _BATCH]).values()
    ]
    busy = [task.task_id for task in users if task.phase in _IN_HAND]
    if busy:
        raise Conflict(
            f"A task is at work on this file ({busy[0]}); wait for its end or cancel it first.",
            code="file_in_use",
        )
    return [task for task in users if not task.phase.is_terminal]


def _fail(stores: Stores, task: TaskRecord, file: FileRecord) -> bool:
    """Whether the task failed by this; if it began meanwhile, its job will miss the file itself."""
    try:
        stores.tasks.fail(
            task.task_id,
            code=InputMissing.code,
            message=f"{file.filename} was deleted; upload it and create the task again.",
            attempt=task.attempt,
        )
    except TransitionRefused:
        return False
    return True
