"""Uploaded files: listing them, and deleting one with all that hangs on it.

The record goes last: as long as something is left, the deletion can be asked for again.
"""

from __future__ import annotations

from typing import Final

from dh_core.access.cursors import Listing
from dh_core.cloud.media_store import avatar_key
from dh_core.cloud.multipart import MultipartMedia
from dh_core.errors import Conflict, InputMissing, NotFound, TransitionRefused
from dh_core.limits import FileType
from dh_core.store import FileRecord, TaskRecord
from dh_core.tasks.states import Phase
from functions.api.auth.caller import Caller
from functions.api.schemas.files.stored import FileDeletedResponse, FilesResponse, ListedFile
from functions.api.service.shared.context import Stores

_IN_HAND: Final = frozenset({Phase.SUBMITTED, Phase.RUNNING})
_BATCH: Final = 100


def list_files(
    stores: Stores,
    caller: Caller,
    *,
    file_type: FileType | None,
    user_id: str | None,
    limit: int,
    cursor: str | None,
) -> FilesResponse:
    """Ready files, newest first. `total` counts all pages. Raises InvalidRequest (cursor)."""
    listing = Listing(caller.owner, "files", {"type": file_type, "user_id": user_id})
    page = stores.files.list_ready(
        caller.owner,
        file_type=file_type,
        user_id=user_id,
        limit=limit,
        cursor=stores.cursors.decode(listing, cursor),
    )
    return FilesResponse(
        files=[ListedFile.of(file) for file in page.records],
        total=stores.files.count_ready(caller.owner, file_type=file_type, user_id=user_id),
        next_cursor=stores.cursors.encode(listing, page.cursor),
    )


def delete_file(
    stores: Stores, caller: Caller, file_type: FileType, filename: str
) -> FileDeletedResponse:
    """Delete an upload and the avatars made from it.

    A task that is at work on the file is not disturbed: Conflict. Tasks that have not begun
    fail with `input_missing`. Raises NotFound.
    """
    file = find_file(stores, caller, file_type, filename)
    waiting = _waiting_users(stores, file)
    failed = [task.task_id for task in waiting if _fail(stores, task, file)]
    for avatar in file.avatars:
        stores.media.erase(avatar_key(caller.owner, avatar))
    stores.media.erase(file.key)
    MultipartMedia(stores.media).abort_all(file.key)
    stores.multipart.delete_of(caller.owner, file_type, filename)
    if not stores.files.delete(file):
        again = stores.files.get(caller.owner, file_type, filename)
        if again is not None:
            # Its upload has just arrived, or been rejected.
            stores.media.erase(file.key)
            stores.files.delete(again)
    return FileDeletedResponse(
        message="文件已删除", file_type=file_type, filename=filename, failed_tasks=failed
    )


def find_file(stores: Stores, caller: Caller, file_type: FileType, filename: str) -> FileRecord:
    """Raises NotFound."""
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
