"""One signed call of a callback, and how it went."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dh_core.access import webhook_signing
from dh_core.access.callback_urls import parse
from dh_core.access.webhook_client import USER_AGENT, Answer
from dh_core.clock import iso
from dh_core.cloud import metrics
from dh_core.errors import InvalidRequest
from dh_core.store import DeliveryRecord, DeliveryStatus
from dh_core.store.webhooks.records import Attempt
from functions.dispatch.deps import Dependencies

RETRY_SECONDS: Final = (10, 60, 300, 1_800, 7_200, 21_600, 43_200)
"""Pauses between attempts; eight attempts within a day in all."""
ATTEMPTS_MOST: Final = len(RETRY_SECONDS) + 1
_JITTER: Final = 0.2
_GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Event:
    """What a call tells. `name` is without `task.`."""

    webhook_id: str
    name: str
    body: bytes


def call(deps: Dependencies, delivery: DeliveryRecord, event: Event) -> Attempt:
    """Make an attempt. Never raises for what the network or the receiver does."""
    started, at = time.monotonic(), iso(deps.clock())
    answer = _answer(deps, delivery, event)
    accepted = answer.http_status is not None and 200 <= answer.http_status < 300
    return Attempt(
        at=at,
        http_status=answer.http_status,
        error=None if accepted else answer.error or f"http_{answer.http_status}",
        duration_ms=int((time.monotonic() - started) * 1000),
        event=event.name,
    )


def pause_after(attempt: Attempt, failures: int) -> int | None:
    """Seconds until the next one, after so many `failures`; None to give up."""
    if attempt.http_status == _GONE or attempt.error == "settings_missing":
        return None
    if failures >= ATTEMPTS_MOST:
        return None
    pause = RETRY_SECONDS[failures - 1]
    # Receivers that failed together are not called together again.
    return round(pause * (1 + random.uniform(0, _JITTER)))  # noqa: S311 - not a secret


def count(deps: Dependencies, task_id: str, attempt: Attempt, status: DeliveryStatus) -> None:
    deps.metrics.write(
        {
            metrics.WEBHOOK_ATTEMPTS: 1,
            metrics.WEBHOOK_FAILURES: int(attempt.error is not None),
            metrics.WEBHOOKS_GIVEN_UP: int(status is DeliveryStatus.GIVEN_UP),
        },
        task_id=task_id,
    )


def _answer(deps: Dependencies, delivery: DeliveryRecord, event: Event) -> Answer:
    secrets = [secret.value for secret in deps.webhooks.get(delivery.owner).secrets]
    if not secrets:
        # Deleted since: there is nothing to prove it with.
        return Answer(error="settings_missing")
    try:
        url = parse(delivery.url, allow_loopback=deps.settings.webhook_allow_loopback)
    except InvalidRequest:
        # Taken under other settings than today's.
        return Answer(error="address_refused")
    headers = _headers(int(deps.clock()), delivery, event, secrets)
    return deps.webhook_client.post(url, headers, event.body)


def _headers(
    now: int, delivery: DeliveryRecord, event: Event, secrets: list[str]
) -> Mapping[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        **webhook_signing.headers(event.webhook_id, now, event.body, secrets),
        # As before the specification, for one version more.
        "X-Dh-Delivery": event.webhook_id,
        "X-Dh-Event": f"task.{event.name}",
        "X-Dh-Attempt": str(delivery.started),
        "X-Dh-Signature": webhook_signing.older_header(now, event.body, secrets),
    }
