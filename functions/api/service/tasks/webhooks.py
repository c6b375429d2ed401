"""Webhook settings of an owner, and what became of a task's webhook."""

from __future__ import annotations

import json
import time
from typing import Any

from dh_core.access import webhook_signing
from dh_core.access.callback_urls import parse
from dh_core.clock import iso, new_id
from dh_core.errors import Conflict, InvalidRequest
from dh_core.store import DeliveryStatus, WebhookSettings
from functions.api.auth.caller import Caller
from functions.api.schemas.tasks.webhooks import (
    DeliveriesResponse,
    Delivery,
    NewSecretResponse,
    SecretInfo,
    WebhookRequest,
    WebhookResponse,
    WebhookTestRequest,
    WebhookTestResponse,
)
from functions.api.service.shared.callbacks import checked, secret_missing
from functions.api.service.shared.context import Stores
from functions.api.service.tasks.lifecycle import find


def get_settings(stores: Stores, caller: Caller) -> WebhookResponse:
    settings = stores.webhooks.get(caller.owner)
    return WebhookResponse(**_shown(settings))


def set_default(stores: Stores, caller: Caller, asked: WebhookRequest) -> NewSecretResponse:
    """Set the owner's default callback; makes the first secret. Raises InvalidRequest."""
    events = sorted(set(asked.events or ()))
    settings, secret = stores.webhooks.set_url(caller.owner, checked(stores, asked.url), events)
    return NewSecretResponse(**_shown(settings), secret=secret)


def drop_default(stores: Stores, caller: Caller) -> WebhookResponse:
    """New tasks call nobody unless they name a callback_url; secrets stay."""
    settings, _ = stores.webhooks.set_url(caller.owner, None)
    return WebhookResponse(**_shown(settings))


def rotate_secret(stores: Stores, caller: Caller) -> NewSecretResponse:
    """Make a new secret; the one before it signs beside it for a day."""
    settings = stores.webhooks.rotate(caller.owner)
    return NewSecretResponse(**_shown(settings), secret=settings.secrets[0].value)


def test(stores: Stores, caller: Caller, asked: WebhookTestRequest) -> WebhookTestResponse:
    """Call the address at once, signed as a delivery is. Raises InvalidRequest."""
    # It brings TLS, which no other route needs.
    from dh_core.access.webhook_client import USER_AGENT, WebhookClient  # noqa: PLC0415

    settings = stores.webhooks.get(caller.owner)
    wanted = asked.url or settings.url
    if wanted is None:
        raise InvalidRequest.of_field(
            "url", "url is missing: there is no default callback; add it.", code="invalid_request"
        )
    if not settings.secrets:
        raise secret_missing()
    loopback = stores.settings.webhook_allow_loopback
    url = parse(wanted, allow_loopback=loopback)
    message_id, now = new_id(), stores.clock()
    document = {"type": "webhook.test", "timestamp": iso(now), "data": {}}
    body = json.dumps(document).encode()
    signed = webhook_signing.headers(
        message_id, int(now), body, [secret.value for secret in settings.secrets]
    )
    sent = {"Content-Type": "application/json", "User-Agent": USER_AGENT, **signed}
    started = time.monotonic()
    answer = WebhookClient(allow_loopback=loopback).post(url, sent, body)
    accepted = answer.http_status is not None and 200 <= answer.http_status < 300
    return WebhookTestResponse(
        webhook_id=message_id,
        url=str(url),
        accepted=accepted,
        http_status=answer.http_status,
        error=None if accepted else answer.error or f"http_{answer.http_status}",
        duration_ms=int((time.monotonic() - started) * 1000),
    )


def redeliver(stores: Stores, caller: Caller, task_id: str) -> DeliveriesResponse:
    """Make a task's webhook due again. Raises NotFound, Conflict."""
    find(stores, caller, task_id)
    delivery = stores.deliveries.get(task_id)
    if delivery is None:
        raise Conflict(
            "The task has not ended, or calls nobody; name a callback_url.",
            code="nothing_to_deliver",
        )
    if delivery.status is not DeliveryStatus.PENDING and not stores.deliveries.repeat(task_id):
        raise Conflict("It was delivered too often; ask the task's status.")
    return list_deliveries(stores, caller, task_id)


def list_deliveries(stores: Stores, caller: Caller, task_id: str) -> DeliveriesResponse:
    """The log of a task's webhooks. Raises NotFound."""
    find(stores, caller, task_id)
    return DeliveriesResponse(
        deliveries=[
            Delivery.of(one, iso(one.due_at) if one.status is DeliveryStatus.PENDING else None)
            for one in stores.deliveries.of_task(task_id)
        ]
    )


def _shown(settings: WebhookSettings) -> dict[str, Any]:
    """The fields of an answer; of a secret never its value."""
    return {
        "url": settings.url,
        "events": list(settings.events),
        "secrets": [
            SecretInfo(
                created_at=secret.created_at,
                valid_until=None if secret.valid_until is None else iso(secret.valid_until),
            )
            for secret in settings.secrets
        ],
    }
