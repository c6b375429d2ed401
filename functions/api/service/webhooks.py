"""Webhook settings of an owner, and the callback of a new task."""

from __future__ import annotations

from dh_core.access.callback_urls import parse
from dh_core.clock import iso
from dh_core.errors import InvalidRequest
from dh_core.store import WebhookSettings
from functions.api.auth.dependencies import Caller
from functions.api.schemas.webhooks import NewSecretResponse, SecretInfo, WebhookResponse
from functions.api.service.context import Stores


def callback_of(stores: Stores, caller: Caller, wanted: str | None) -> str | None:
    """The URL that a new task is to call: its own, else its owner's default.

    Raises InvalidRequest (`callback_url_refused`, `webhook_secret_missing`).
    """
    settings = stores.webhooks.get(caller.owner)
    if wanted is None:
        return settings.url
    url = _checked(stores, wanted)
    if not settings.secrets:
        raise InvalidRequest(
            "A callback needs a secret to sign with; make one first: POST /api/webhook/secret.",
            code="webhook_secret_missing",
        )
    return url


def get_settings(stores: Stores, caller: Caller) -> WebhookResponse:
    settings = stores.webhooks.get(caller.owner)
    return WebhookResponse(url=settings.url, secrets=_secrets(settings))


def set_default(stores: Stores, caller: Caller, url: str) -> NewSecretResponse:
    """Set the owner's default callback; makes the first secret. Raises InvalidRequest."""
    settings, secret = stores.webhooks.set_url(caller.owner, _checked(stores, url))
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


def _checked(stores: Stores, url: str) -> str:
    return str(parse(url, allow_loopback=stores.settings.webhook_allow_loopback))


def _secrets(settings: WebhookSettings) -> list[SecretInfo]:
    return [
        SecretInfo(
            created_at=secret.created_at,
            valid_until=None if secret.valid_until is None else iso(secret.valid_until),
        )
        for secret in settings.secrets
    ]
