"""Many tasks asked for together: each is accepted or refused by itself."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from dh_core.clock import new_id
from dh_core.errors import NotFound, RequestError, ServiceUnavailable
from dh_core.specs.fields import TASK_ID
from dh_core.store import BatchEntry, BatchRecord, TaskRecord
from functions.api.auth.caller import Caller
from functions.api.schemas.tasks.batches import AnyTaskRequest, BatchRequest
from functions.api.service.owners import account
from functions.api.service.shared.context import Stores
from functions.api.service.tasks import creation
from functions.api.service.tasks.batch_templates import filled
from functions.api.telemetry import logger

AT_ONCE: Final = 8
"""Creations wait for the table most of their time."""
_SECONDS: Final = 20.0
"""After which none is begun: a function must answer within 30."""

Refusal = RequestError | ValidationError
Outcome = TaskRecord | Refusal


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch and where its tasks are. `refusals`: why, by place, as far as this request knows."""

    record: BatchRecord
    tasks: Mapping[str, TaskRecord]
    refusals: Mapping[int, Refusal]


def create(
    stores: Stores, caller: Caller, asked: BatchRequest, idempotency_key: str | None
) -> Batch:
    """Make a task of each entry; those that an earlier request of the same key made stay.

    Raises InvalidRequest (a template's variables) and Conflict (the account, the key).
    """
    account.refuse_while_deleting(stores, caller)
    wanted = asked.tasks or filled(asked.template or {}, asked.variables or ())
    batch_id = _id_for(caller.owner, idempotency_key) if idempotency_key else new_id()
    digest = hashlib.sha256(json.dumps([caller.owner, wanted], sort_keys=True).encode()).hexdigest()
    begun = stores.batches.begin(
        caller.owner, batch_id, digest=digest, retention_seconds=stores.retention_seconds
    )
    known = begun.entries or (BatchEntry(),) * len(wanted)
    open_ones = [at for at, entry in enumerate(known) if entry.task_id is None]
    keys = {at: f"{batch_id}:{at}" if idempotency_key else None for at in open_ones}
    made = dict(
        zip(
            open_ones,
            _create_all(stores, caller, [(wanted[at], keys[at]) for at in open_ones]),
            strict=True,
        )
    )
    entries = tuple(_entry(made[at]) if at in made else entry for at, entry in enumerate(known))
    stores.batches.note(caller.owner, batch_id, entries)
    refusals = {at: one for at, one in made.items() if not isinstance(one, TaskRecord)}
    return _batch(stores, caller, BatchRecord(batch_id, begun.created_at, entries), refusals)


def find(stores: Stores, caller: Caller, batch_id: str) -> Batch:
    """Raises NotFound, also for another owner's."""
    record = stores.batches.get(caller.owner, batch_id) if TASK_ID.fullmatch(batch_id) else None
    if record is None:
        raise NotFound(
            "There is no batch by this id; use the batch_id that its creation answered.",
            code="batch_not_found",
        )
    return _batch(stores, caller, record, {})


def _batch(
    stores: Stores, caller: Caller, record: BatchRecord, refusals: Mapping[int, Refusal]
) -> Batch:
    found = stores.tasks.many([one.task_id for one in record.entries if one.task_id])
    own = {task_id: task for task_id, task in found.items() if task.owner == caller.owner}
    return Batch(record, own, refusals)


def _create_all(
    stores: Stores, caller: Caller, wanted: Sequence[tuple[dict[str, Any], str | None]]
) -> list[Outcome]:
    # No cold start is to pay for it but a batch's own.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - see above

    until = time.monotonic() + _SECONDS
    with ThreadPoolExecutor(AT_ONCE) as workers:
        # Each in a copy of this context: the log names the request.
        running = [
            workers.submit(
                copy_context().run, partial(_create_one, stores, caller, fields, key, until)
            )
            for fields, key in wanted
        ]
        return [one.result() for one in running]


def _create_one(
    stores: Stores, caller: Caller, fields: dict[str, Any], key: str | None, until: float
) -> Outcome:
    if time.monotonic() > until:
        return ServiceUnavailable(
            "There was no time left for this one; send the same batch again with the same "
            "Idempotency-Key.",
            code="batch_unfinished",
        )
    try:
        request = AnyTaskRequest.model_validate(fields).request()
        return creation.create(stores, caller, request, idempotency_key=key).task
    except (RequestError, ValidationError) as refused:
        return refused
    except Exception as error:
        # It imports botocore, which only whoever raised one of its errors has done already.
        from dh_core.cloud.errors import passes  # noqa: PLC0415

        if not passes(error):
            raise
        logger.exception("one task of a batch could not be made")
        return ServiceUnavailable()


def _id_for(owner: str, idempotency_key: str) -> str:
    """The same key names the same batch, and no other owner's."""
    digest = hashlib.sha256(json.dumps(["batch", owner, idempotency_key]).encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def _entry(outcome: Outcome) -> BatchEntry:
    if isinstance(outcome, TaskRecord):
        return BatchEntry(outcome.task_id)
    if isinstance(outcome, RequestError):
        return BatchEntry(code=outcome.error_code, message=outcome.message)
    return BatchEntry(code=RequestError.code)
