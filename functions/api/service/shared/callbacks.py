"""Whom a new task calls."""

from __future__ import annotations

from dataclasses import dataclass

from dh_core.access.callback_urls import parse
from dh_core.errors import InvalidRequest
from functions.api.auth.caller import Caller
from functions.api.schemas.requests import TaskRequest
from functions.api.service.shared.context import Stores


@dataclass(frozen=True, slots=True)
class Callback:
    """Whom a task calls, and of which ends."""

    url: str | None
    events: tuple[str, ...]


def callback_of(stores: Stores, caller: Caller, request: TaskRequest) -> Callback:
    """The callback of a new task: its own, else its owner's default.

    Raises InvalidRequest (`callback_url_refused`, `webhook_secret_missing`).
    """
    settings = stores.webhooks.get(caller.owner)
    events = tuple(sorted(set(request.callback_events or ())))
    if request.callback_url is None:
        return Callback(settings.url, events or settings.events)
    url = checked(stores, request.callback_url)
    if not settings.secrets:
        raise secret_missing()
    return Callback(url, events)


def secret_missing() -> InvalidRequest:
    return InvalidRequest(
        "A callback needs a secret to sign with; make one first: POST /api/webhook/secret.",
        code="webhook_secret_missing",
    )


def checked(stores: Stores, url: str) -> str:
    """The URL in its plain form. Raises InvalidRequest (`callback_url_refused`)."""
    return str(parse(url, allow_loopback=stores.settings.webhook_allow_loopback))
