"""Many tasks asked for together, and what a task would take."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from dh_client.core.session import Session
from dh_client.core.wire import Flow, Send
from dh_client.generated.types import BatchResponse, EstimateResponse


def create(session: Session, body: Mapping[str, Any], key: str | None) -> Flow[BatchResponse]:
    """The key makes a repetition answer the batch of the first time."""
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    request = Send("POST", session.address("/tasks/batch"), headers, json=dict(body))
    made: BatchResponse = (yield from session.ask(request, may_repeat=True)).json()
    return made


def status(session: Session, batch_id: str) -> Flow[BatchResponse]:
    found: BatchResponse = yield from session.get(f"/batches/{batch_id}")
    return found


def filled(template: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The body of a batch that is made of a template."""
    return {"template": dict(template), "variables": list(map(dict, rows))}


def estimate(session: Session, task_type: str, fields: Mapping[str, Any]) -> Flow[EstimateResponse]:
    body = {"task_type": task_type, **fields}
    request = Send("POST", session.address("/tasks/estimate"), json=body)
    told: EstimateResponse = (yield from session.ask(request, may_repeat=True)).json()
    return told
