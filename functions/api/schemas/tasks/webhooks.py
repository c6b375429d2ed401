"""Requests and answers about webhooks."""

from typing import Final, Literal, Self

from pydantic import BaseModel, Field

from dh_core.access.callback_urls import MAX_CHARACTERS
from dh_core.store import (
    DeliveryRecord,
    DeliveryStatus,
)
from dh_core.store.webhooks.records import Line
from functions.api.schemas.common import (
    TIME_EXAMPLE,
    Success,
    Timestamp,
    example,
)
from functions.api.schemas.requests import CALLBACK_EVENTS, CallbackEvents, Request

_WEBHOOK_EXAMPLE: Final = {
    "success": True,
    "url": "https://example.com/digital-human",
    "events": [],
    "secrets": [{"created_at": TIME_EXAMPLE, "valid_until": None}],
}


class WebhookRequest(Request):
    model_config = example(url="https://example.com/digital-human")

    url: str = Field(
        min_length=1,
        max_length=MAX_CHARACTERS,
        description="An https address of yours that leads outside",
    )
    events: CallbackEvents | None = Field(default=None, description=CALLBACK_EVENTS)


class WebhookTestRequest(Request):
    model_config = example(url="https://example.com/digital-human")

    url: str | None = Field(
        default=None,
        max_length=MAX_CHARACTERS,
        description="The address to call; without it the default callback",
    )


class SecretInfo(BaseModel):
    """A signing secret, without its value."""

    created_at: Timestamp
    valid_until: str | None = Field(description="null for the newest secret")


class WebhookResponse(Success):
    model_config = example(**_WEBHOOK_EXAMPLE)

    url: str | None = Field(description="Called for every task that names no callback_url itself")
    events: list[str] = Field(description="What it is told of; empty: every end")
    secrets: list[SecretInfo] = Field(description="Those that sign now, newest first")


class NewSecretResponse(WebhookResponse):
    """`secret` is shown this once."""

    model_config = example(**{**_WEBHOOK_EXAMPLE, "secret": "whsec_…"})

    secret: str | None = Field(description="A new secret; null when none was made")


class WebhookTestResponse(Success):
    """What your server made of a call of the type `webhook.test`."""

    model_config = example(
        success=True,
        webhook_id="1f0c9f1e-3a53-4d4e-8b6d-2d7f2a105b6d",
        url="https://example.com/digital-human",
        accepted=True,
        http_status=204,
        error=None,
        duration_ms=120,
    )

    webhook_id: str = Field(description="As in the header webhook-id")
    url: str = Field(description="The address that was called")
    accepted: bool = Field(description="Whether your server answered 2xx")
    http_status: int | None = Field(description="What it answered; null where nothing came back")
    error: str | None = Field(description="As in an attempt of a delivery")
    duration_ms: int = Field(description="How long it took")


class AttemptInfo(BaseModel):
    at: Timestamp
    http_status: int | None = Field(
        description="What your server answered; null where nothing came back"
    )
    error: str | None = Field(
        description="null when the receiver accepted; else http_<status>, timeout, no_answer, "
        "tls_failed, name_not_resolved, address_refused, settings_missing or interrupted"
    )
    duration_ms: int = Field(description="How long your server took")
    event: str | None = Field(description="What was told, as progress or completed")


class Delivery(BaseModel):
    about: Literal["run", "end"] = Field(
        description="Whether it tells of the task's run (started, progress) or of its end"
    )
    delivery_id: str = Field(
        description="Your server sees it as webhook-id, of progress with a number behind it"
    )
    url: str = Field(description="The address that was called")
    status: DeliveryStatus = Field(
        description="pending, delivered, given_up, or superseded by the end"
    )
    created_at: Timestamp
    next_attempt_at: str | None = Field(
        description="UTC, ISO 8601; null when nothing more will be tried"
    )
    attempts: list[AttemptInfo] = Field(description="In the order in which they were made")

    @classmethod
    def of(cls, delivery: DeliveryRecord, next_attempt_at: str | None) -> Self:
        return cls(
            about="run" if delivery.line is Line.RUN else "end",
            delivery_id=delivery.delivery_id,
            url=delivery.url,
            status=delivery.status,
            created_at=delivery.created_at,
            next_attempt_at=next_attempt_at,
            attempts=[
                AttemptInfo(
                    at=attempt.at,
                    http_status=attempt.http_status,
                    error=attempt.error,
                    duration_ms=attempt.duration_ms,
                    event=attempt.event,
                )
                for attempt in delivery.attempts
            ],
        )


class DeliveriesResponse(Success):
    model_config = example(
        success=True,
        deliveries=[
            {
                "about": "end",
                "delivery_id": "1f0c9f1e-3a53-4d4e-8b6d-2d7f2a105b6d",
                "url": "https://example.com/digital-human",
                "status": "delivered",
                "created_at": TIME_EXAMPLE,
                "next_attempt_at": None,
                "attempts": [
                    {
                        "at": TIME_EXAMPLE,
                        "http_status": 200,
                        "error": None,
                        "duration_ms": 120,
                        "event": "completed",
                    }
                ],
            }
        ],
    )

    deliveries: list[Delivery] = Field(description="Of its run first, then of its end")
