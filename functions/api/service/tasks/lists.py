"""Many tasks at once, and one task's history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from dh_core.access.cursors import Listing
from dh_core.errors import InvalidRequest
from dh_core.specs.fields import TASK_ID
from dh_core.specs.task_types import TaskType
from dh_core.store import TaskFilter
from dh_core.tasks.states import Status
from functions.api.auth.caller import Caller
from functions.api.schemas.tasks.lists import EventsResponse, TasksResponse, TaskStep
from functions.api.service.shared.context import Stores
from functions.api.service.shared.task_states import state_of
from functions.api.service.tasks.lifecycle import find

MOST_IDS: Final = 50


def list_tasks(
    stores: Stores,
    caller: Caller,
    *,
    task_type: TaskType | None,
    status: Status | None,
    created_after: datetime | None,
    created_before: datetime | None,
    limit: int,
    cursor: str | None,
) -> TasksResponse:
    """An owner's tasks, newest first. Raises InvalidRequest (cursor, times)."""
    wanted = TaskFilter(
        type=task_type,
        status=status,
        created_after=_utc(created_after),
        created_before=_utc(created_before),
    )
    listing = Listing(
        caller.owner,
        "tasks",
        {
            "type": wanted.type,
            "status": wanted.status,
            "after": wanted.created_after,
            "before": wanted.created_before,
        },
    )
    position = stores.cursors.decode(listing, cursor)
    page = stores.tasks.newest(caller.owner, wanted, limit=limit, cursor=position)
    return TasksResponse(
        tasks=[state_of(stores, task) for task in page.records],
        missing=[],
        next_cursor=stores.cursors.encode(listing, page.cursor),
    )


def tasks_by_id(stores: Stores, caller: Caller, ids: str) -> TasksResponse:
    """Several tasks by their ids, in the order asked for. Raises InvalidRequest for too many.

    Another owner's task is missing, as one that never was.
    """
    named = (piece.strip() for piece in ids.split(","))
    wanted = list(dict.fromkeys(task_id for task_id in named if task_id))
    if not 0 < len(wanted) <= MOST_IDS:
        raise InvalidRequest(
            f"ids takes 1 to {MOST_IDS} task ids, separated by commas.", code="invalid_ids"
        )
    found = stores.tasks.many([task_id for task_id in wanted if TASK_ID.fullmatch(task_id)])
    own = {task_id: task for task_id, task in found.items() if task.owner == caller.owner}
    return TasksResponse(
        tasks=[state_of(stores, own[task_id]) for task_id in wanted if task_id in own],
        missing=[task_id for task_id in wanted if task_id not in own],
        next_cursor=None,
    )


def history(
    stores: Stores, caller: Caller, task_id: str, *, limit: int, cursor: str | None
) -> EventsResponse:
    """What happened to a task, oldest first. Raises NotFound and InvalidRequest (cursor)."""
    task = find(stores, caller, task_id)
    listing = Listing(caller.owner, "events", {"task_id": task_id})
    position = stores.cursors.decode(listing, cursor)
    start = int(position[0]) if position else 0
    stop = start + limit
    following = (str(stop),) if stop < len(task.events) else None
    return EventsResponse(
        task_id=task.task_id,
        events=[TaskStep.of(event) for event in task.events[start:stop]],
        next_cursor=stores.cursors.encode(listing, following),
    )


def _utc(moment: datetime | None) -> str | None:
    """As `created_at` is written. A time without a zone is taken as UTC."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        utc = aware.astimezone(UTC)
    except OverflowError as error:
        raise InvalidRequest(
            "created_after and created_before must lie in the years 1 to 9999 UTC."
        ) from error
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
