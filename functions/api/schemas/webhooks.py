"""Requests and answers about webhooks."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from dh_core.access.callback_urls import MAX_CHARACTERS
from dh_core.store import DeliveryRecord, DeliveryStatus
from functions.api.schemas.requests import Request
from functions.api.schemas.responses import Success


class WebhookRequest(Request):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://example.com/digital-human"}]}
    )

    url: str = Field(min_length=1, max_length=MAX_CHARACTERS)


class SecretInfo(BaseModel):
    """A signing secret, without its value."""

    created_at: str
    valid_until: str | None = Field(description="null for the newest secret")


class WebhookResponse(Success):
    url: str | None = Field(description="Called for every task that names no callback_url itself")
    secrets: list[SecretInfo] = Field(description="Those that sign now, newest first")


class NewSecretResponse(WebhookResponse):
    """`secret` is shown this once."""

    secret: str | None = Field(description="A new secret; null when none was made")


class AttemptInfo(BaseModel):
    at: str
    http_status: int | None
    error: str | None = Field(
        description="null when the receiver accepted; else http_<status>, timeout, no_answer, "
        "tls_failed, name_not_resolved, address_refused, settings_missing or interrupted"
    )
    duration_ms: int


class Delivery(BaseModel):
    delivery_id: str
    url: str
    status: DeliveryStatus
    created_at: str
    next_attempt_at: str | None
    attempts: list[AttemptInfo]

    @classmethod
    def of(cls, delivery: DeliveryRecord, next_attempt_at: str | None) -> Self:
        return cls(
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
                )
                for attempt in delivery.attempts
            ],
        )


class DeliveriesResponse(Success):
    deliveries: list[Delivery] = Field(description="Empty until the task has ended")
