"""Webhook settings of an owner, and what became of a task's webhook."""

from __future__ import annotations

from dh_core.clock import iso
from dh_core.store import DeliveryStatus, WebhookSettings
from functions.api.auth.caller import Caller
from functions.api.schemas.tasks.webhooks import (
    DeliveriesResponse,
    Delivery,
    NewSecretResponse,
    SecretInfo,
    WebhookResponse,
)
from functions.api.service.shared.callbacks import checked
from functions.api.service.shared.context import Stores
from functions.api.service.tasks.lifecycle import find


def get_settings(stores: Stores, caller: Caller) -> WebhookResponse:
    settings = stores.webhooks.get(caller.owner)
    return WebhookResponse(url=settings.url, secrets=_secrets(settings))


def set_default(stores: Stores, caller: Caller, url: str) -> NewSecretResponse:
    """Set the owner's default callback; makes the first secret. Raises InvalidRequest."""
    settings, secret = stores.webhooks.set_url(caller.owner, checked(stores, url))
    return NewSecretResponse(url=settings.url, secrets=_secrets(settings), secret=secret)


def drop_default(stores: Stores, caller: Caller) -> WebhookResponse:
    """New tasks call nobody unless they name a callback_url; secrets stay."""
    settings, _ = stores.webhooks.set_url(caller.owner, None)
    return WebhookResponse(url=None, secrets=_secrets(settings))


def rotate_secret(stores: Stores, caller: Caller) -> NewSecretResponse:
    """Make a new secret; the one before it signs beside it for a day."""
    settings = stores.webhooks.rotate(caller.owner)
    return NewSecretResponse(
        url=settings.url, secrets=_secrets(settings), secret=settings.secrets[0].value
    )


def list_deliveries(stores: Stores, caller: Caller, task_id: str) -> DeliveriesResponse:
    """The log of a task's webhook. Raises NotFound."""
    find(stores, caller, task_id)
    delivery = stores.deliveries.get(task_id)
    if delivery is None:
        return DeliveriesResponse(deliveries=[])
    pending = delivery.status is DeliveryStatus.PENDING
    return DeliveriesResponse(
        deliveries=[Delivery.of(delivery, iso(delivery.due_at) if pending else None)]
    )


def _secrets(settings: WebhookSettings) -> list[SecretInfo]:
    return [
        SecretInfo(
            created_at=secret.created_at,
            valid_until=None if secret.valid_until is None else iso(secret.valid_until),
        )
        for secret in settings.secrets
    ]
