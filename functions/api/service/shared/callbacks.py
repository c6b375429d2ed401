"""The callback of a new task."""

from __future__ import annotations

from dh_core.access.callback_urls import parse
from dh_core.errors import InvalidRequest
from functions.api.auth.caller import Caller
from functions.api.service.shared.context import Stores


def callback_of(stores: Stores, caller: Caller, wanted: str | None) -> str | None:
    """The URL that a new task is to call: its own, else its owner's default.

    Raises InvalidRequest (`callback_url_refused`, `webhook_secret_missing`).
    """
    settings = stores.webhooks.get(caller.owner)
    if wanted is None:
        return settings.url
    url = checked(stores, wanted)
    if not settings.secrets:
        raise InvalidRequest(
            "A callback needs a secret to sign with; make one first: POST /api/webhook/secret.",
            code="webhook_secret_missing",
        )
    return url


def checked(stores: Stores, url: str) -> str:
    """The URL in its plain form. Raises InvalidRequest (`callback_url_refused`)."""
    return str(parse(url, allow_loopback=stores.settings.webhook_allow_loopback))
