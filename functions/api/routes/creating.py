"""What all routes do that create a task."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Request

from dh_core.limits import MAX_ID_CHARACTERS
from dh_core.tasks import TaskType
from functions.api.auth import Caller
from functions.api.requests import TaskRequest
from functions.api.responses import TaskResponse
from functions.api.service import creation, tasks
from functions.api.service.context import Stores
from functions.api.telemetry import count_accepted, logger

IdempotencyKey = Annotated[
    str | None,
    Header(max_length=MAX_ID_CHARACTERS, description="The same key and body answer the same task"),
]


def create_task(
    request: Request,
    stores: Stores,
    caller: Caller,
    task_type: TaskType,
    body: TaskRequest,
    idempotency_key: str | None,
) -> TaskResponse:
    """Create the task (or find the one of the same request), log and count it."""
    created = creation.create(stores, caller, task_type, body, idempotency_key=idempotency_key)
    if created.is_new:
        logger.info("task created", extra={"task_id": created.task.task_id, "task_type": task_type})
        count_accepted(request, task_type)
    return tasks.created(created.task)
