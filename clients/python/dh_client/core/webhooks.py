"""Trying the webhook, and asking for it again."""

from __future__ import annotations

from dh_client.core.session import Session
from dh_client.core.wire import Flow
from dh_client.generated.types import DeliveriesResponse, WebhookTestResponse


def test(session: Session, url: str | None) -> Flow[WebhookTestResponse]:
    body = {} if url is None else {"url": url}
    told: WebhookTestResponse = yield from session.post("/webhook/test", body)
    return told


def redeliver(session: Session, task_id: str) -> Flow[DeliveriesResponse]:
    told: DeliveriesResponse = yield from session.post(f"/tasks/{task_id}/deliveries/redeliver")
    return told
