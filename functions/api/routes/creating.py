"""What all routes do that create a task."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Header

from dh_core.cloud import metrics
from dh_core.errors import ContentRejected, RequestError
from dh_core.limits import MAX_ID_CHARACTERS
from dh_core.tasks.states import TaskType
from functions.api.auth.caller import Caller
from functions.api.schemas.requests import TaskRequest
from functions.api.schemas.tasks import TaskResponse
from functions.api.service import creation, tasks
from functions.api.service.shared.context import Stores
from functions.api.telemetry import logger

IdempotencyKey = Annotated[
    str | None,
    Header(max_length=MAX_ID_CHARACTERS, description="The same key and body answer the same task"),
]


_REJECTIONS: Final = frozenset(
    {ContentRejected.code, "consent_required", "too_many_tasks", "daily_quota_reached"}
)
"""Refusals of what is well formed: by moderation and by quotas."""


def create_task(
    stores: Stores,
    caller: Caller,
    task_type: TaskType,
    body: TaskRequest,
    idempotency_key: str | None,
) -> TaskResponse:
    """Create the task (or find the one of the same request) and log it."""
    try:
        created = creation.create(stores, caller, task_type, body, idempotency_key=idempotency_key)
    except RequestError as error:
        if error.error_code in _REJECTIONS:
            stores.metrics.write({metrics.TASKS_REJECTED: 1}, error_code=error.error_code)
        raise
    if created.is_new:
        logger.info("task created", extra={"task_id": created.task.task_id, "task_type": task_type})
    return tasks.created(created.task)
