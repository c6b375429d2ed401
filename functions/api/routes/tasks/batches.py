"""`POST /tasks/batch`, `GET /batches/{batch_id}`."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Final

from fastapi import Path
from starlette.requests import Request

from dh_core.limits import MAX_ID_CHARACTERS
from functions.api.http import problems
from functions.api.http.dependencies import CurrentCaller, CurrentStores
from functions.api.http.error_responses import errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.routes.tasks.creation import IdempotencyKey
from functions.api.schemas.tasks.batches import (
    BatchCounts,
    BatchRequest,
    BatchResponse,
    BatchTask,
)
from functions.api.service.tasks import batches

router = LazyRouter(tags=["tasks"])

_REFUSED: Final = (
    "variable_malformed",
    "variable_missing",
    "variable_unknown",
    "idempotency_conflict",
    "account_deleting",
)


@router.post(
    "/tasks/batch",
    summary="Create many tasks · 批量创建任务",
    responses=errors(*_REFUSED),
)
def create_batch(
    request: Request,
    body: BatchRequest,
    stores: CurrentStores,
    caller: CurrentCaller,
    idempotency_key: IdempotencyKey = None,
) -> BatchResponse:
    """Up to 100 tasks of any types, each accepted or refused by itself.

    With an `Idempotency-Key` the same request answers the same batch, and tries again what was
    refused. A fault in a template's variables refuses the whole request: nothing is made.
    """
    made = batches.create(stores, caller, body, idempotency_key)
    return _answer(made, problems.Asked.of(request.scope))


@router.get(
    "/batches/{batch_id}",
    summary="Show a batch · 查看批次",
    responses=errors("batch_not_found"),
)
def get_batch(
    request: Request,
    stores: CurrentStores,
    caller: CurrentCaller,
    batch_id: Annotated[str, Path(max_length=MAX_ID_CHARACTERS, description="Names the batch")],
) -> BatchResponse:
    """How many of the batch's tasks are in which state, and each of them."""
    found = batches.find(stores, caller, batch_id)
    return _answer(found, problems.Asked.of(request.scope))


def _answer(batch: batches.Batch, asked: problems.Asked) -> BatchResponse:
    tasks = [_task(batch, at, asked) for at in range(len(batch.record.entries))]
    states = Counter(
        "refused" if task.error else task.status.value if task.status else "deleted"
        for task in tasks
    )
    return BatchResponse(
        batch_id=batch.record.batch_id,
        status_url=f"/api/batches/{batch.record.batch_id}",
        created_at=batch.record.created_at,
        total=len(tasks),
        ended=not states["pending"] + states["processing"],
        counts=BatchCounts(**{name: states[name] for name in BatchCounts.model_fields}),
        tasks=tasks,
    )


def _task(batch: batches.Batch, index: int, asked: problems.Asked) -> BatchTask:
    entry = batch.record.entries[index]
    task = batch.tasks.get(entry.task_id or "")
    error = None
    if index in batch.refusals:
        error = problems.of_one(asked, batch.refusals[index])
    elif entry.code:
        error = problems.told(asked, entry.code, entry.message)
    return BatchTask(
        index=index,
        task_id=entry.task_id,
        uuid=task.uuid if task else None,
        status=task.status if task else None,
        progress=task.progress if task else None,
        error=error,
    )
