"""`GET /tasks`, `GET /tasks/{task_id}/events`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from dh_core.errors import InvalidRequest
from dh_core.specs.task_types import TaskType
from dh_core.tasks.states import Status
from functions.api.http.dependencies import CurrentCaller, CurrentStores
from functions.api.http.error_responses import errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.http.parameters import Cursor, Moment, TaskId
from functions.api.schemas.common import STATUSES
from functions.api.schemas.tasks.lists import EventsResponse, TasksResponse
from functions.api.service.tasks import lists

router = LazyRouter(tags=["tasks"])

Limit = Annotated[int, Query(ge=1, le=100, description="Most entries in one answer")]


@router.get(
    "/tasks",
    summary="List tasks · 列出任务",
    responses=errors("cursor_invalid", "invalid_ids"),
)
def list_tasks(
    stores: CurrentStores,
    caller: CurrentCaller,
    ids: Annotated[
        str | None,
        Query(max_length=4096, description="Up to 50 task ids, separated by commas; stands alone"),
    ] = None,
    task_type: Annotated[
        TaskType | None, Query(alias="type", description="Only those of this kind")
    ] = None,
    status: Annotated[Status | None, Query(description=STATUSES)] = None,
    created_after: Annotated[Moment | None, Query(description="ISO 8601; excluded")] = None,
    created_before: Annotated[Moment | None, Query(description="ISO 8601; excluded")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> TasksResponse:
    """Tasks, newest first, or those named by `ids`.

    While `next_cursor` is given there is more, even if a page holds fewer than `limit`.
    """
    if ids is None:
        return lists.list_tasks(
            stores,
            caller,
            task_type=task_type,
            status=status,
            created_after=created_after,
            created_before=created_before,
            limit=limit,
            cursor=cursor,
        )
    if any((task_type, status, created_after, created_before, cursor)):
        raise InvalidRequest("ids stands alone; leave the filters and the cursor out.")
    return lists.tasks_by_id(stores, caller, ids)


@router.get(
    "/tasks/{task_id}/events",
    summary="Show a task's history · 查看任务历史",
    responses=errors("task_not_found", "cursor_invalid"),
)
def list_task_events(
    stores: CurrentStores,
    caller: CurrentCaller,
    task_id: TaskId,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> EventsResponse:
    """What happened to a task, oldest first: phases, stages, attempts and errors."""
    return lists.history(stores, caller, task_id, limit=limit, cursor=cursor)
