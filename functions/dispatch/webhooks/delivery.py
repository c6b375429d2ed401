"""Webhooks: one signed POST per attempt, retried with growing pauses, each attempt logged.

The delivery is in the table since the task ended; a message only says that it may be due.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from typing import Final

from aws_lambda_powertools import Logger

from dh_core.access import webhook_signing
from dh_core.access.callback_urls import parse
from dh_core.access.webhook_client import USER_AGENT, Answer
from dh_core.clock import iso
from dh_core.cloud import metrics
from dh_core.cloud.task_queue import EnqueueFailed
from dh_core.errors import InvalidRequest
from dh_core.store import DeliveryRecord, DeliveryStatus, TaskRecord
from dh_core.store.tasks.results import shape_result
from dh_core.store.webhooks.deliveries import CLAIM_SECONDS, Attempt
from functions.dispatch.deps import Dependencies

logger = Logger(child=True)

RETRY_SECONDS: Final = (10, 60, 300, 1_800, 7_200, 21_600, 43_200)
"""Pauses between attempts; eight attempts within a day in all."""
ATTEMPTS_MOST: Final = len(RETRY_SECONDS) + 1
_JITTER: Final = 0.2
_MAX_DELAY_SECONDS: Final = 900
"""Longest delay of an SQS message; what is due later is found by the sweep."""
_GONE: Final = 410


def enqueue_delivery(deps: Dependencies, task_id: str, *, delay_seconds: int = 0) -> None:
    """Ask for an attempt. If that fails nothing is lost: the sweep asks later."""
    try:
        deps.delivery_queue.enqueue(task_id, delay_seconds=delay_seconds)
    except EnqueueFailed:
        logger.exception("delivery not enqueued; the sweep will do it", extra={"task_id": task_id})


def enqueue_delivery_of_ended(deps: Dependencies, task_id: str) -> None:
    """Enqueue the delivery of a task whose job is over, without waiting for the sweep."""
    task = deps.tasks.get(task_id)
    if task is not None and task.phase.is_terminal and task.calls_back(task.status):
        enqueue_delivery(deps, task_id)


def sweep_deliveries(deps: Dependencies) -> int:
    """Enqueue every delivery that is due and that nobody works on; returns how many."""
    count = 0
    for delivery in deps.deliveries.overdue():
        # Deferred first: two sweeps at once must not enqueue twice.
        if deps.deliveries.defer(delivery, 2 * CLAIM_SECONDS):
            enqueue_delivery(deps, delivery.task_id)
            count += 1
    return count


def handle_delivery(deps: Dependencies, task_id: str) -> None:
    """Make the attempt that is due, if one is. A second message for it does nothing."""
    delivery = deps.deliveries.claim(task_id)
    if delivery is None:
        return
    if delivery.tries > ATTEMPTS_MOST:
        # Its attempts died without a record, time after time.
        _settle(deps, delivery, Attempt(iso(deps.clock()), None, "interrupted", 0), None)
        return
    started, at = time.monotonic(), iso(deps.clock())
    answer = _attempt(deps, delivery)
    accepted = answer.http_status is not None and 200 <= answer.http_status < 300
    attempt = Attempt(
        at=at,
        http_status=answer.http_status,
        error=None if accepted else answer.error or f"http_{answer.http_status}",
        duration_ms=int((time.monotonic() - started) * 1000),
    )
    _settle(deps, delivery, attempt, None if accepted else _pause(delivery, answer))


def _settle(
    deps: Dependencies, delivery: DeliveryRecord, attempt: Attempt, pause: int | None
) -> None:
    """Log the attempt; ask for the next one in `pause` seconds, or end the delivery."""
    status = DeliveryStatus.DELIVERED if attempt.error is None else DeliveryStatus.GIVEN_UP
    if pause is not None:
        status = DeliveryStatus.PENDING
    due_at = None if pause is None else int(deps.clock()) + pause
    task_id = delivery.task_id
    _count(deps, task_id, attempt, status)
    if not deps.deliveries.settle(delivery, attempt, status, due_at):
        logger.warning("a later attempt overtook this one", extra={"task_id": task_id})
    elif pause is not None and pause <= _MAX_DELAY_SECONDS:
        enqueue_delivery(deps, task_id, delay_seconds=pause)
    logger.info(
        "webhook attempted",
        extra={"task_id": task_id, "outcome": attempt.error or "accepted", "retry_in": pause},
    )


def _count(deps: Dependencies, task_id: str, attempt: Attempt, status: DeliveryStatus) -> None:
    deps.metrics.write(
        {
            metrics.WEBHOOK_ATTEMPTS: 1,
            metrics.WEBHOOK_FAILURES: int(attempt.error is not None),
            metrics.WEBHOOKS_GIVEN_UP: int(status is DeliveryStatus.GIVEN_UP),
        },
        task_id=task_id,
    )


def _pause(delivery: DeliveryRecord, answer: Answer) -> int | None:
    """Seconds until the next attempt; None to give up."""
    if answer.http_status == _GONE or answer.error == "settings_missing":
        return None
    if delivery.tries >= ATTEMPTS_MOST:
        return None
    pause = RETRY_SECONDS[delivery.tries - 1]
    # Receivers that failed together are not called together again.
    return round(pause * (1 + random.uniform(0, _JITTER)))  # noqa: S311 - not a secret


def _attempt(deps: Dependencies, delivery: DeliveryRecord) -> Answer:
    task = deps.tasks.get(delivery.task_id)
    secrets = [secret.value for secret in deps.webhooks.get(delivery.owner).secrets]
    if task is None or not secrets:
        # Deleted since: there is nothing to tell, or nothing to prove it with.
        return Answer(error="settings_missing")
    try:
        url = parse(delivery.url, allow_loopback=deps.settings.webhook_allow_loopback)
    except InvalidRequest:
        # Taken under other settings than today's.
        return Answer(error="address_refused")
    body = payload(task, delivery)
    return deps.webhook_client.post(url, _headers(deps, task, delivery, secrets, body), body)


def _headers(
    deps: Dependencies,
    task: TaskRecord,
    delivery: DeliveryRecord,
    secrets: list[str],
    body: bytes,
) -> Mapping[str, str]:
    now = int(deps.clock())
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        **webhook_signing.headers(delivery.delivery_id, now, body, secrets),
        # As before the specification, for one version more.
        "X-Dh-Delivery": delivery.delivery_id,
        "X-Dh-Event": f"task.{task.status}",
        "X-Dh-Attempt": str(delivery.started),
        "X-Dh-Signature": webhook_signing.older_header(now, body, secrets),
    }


def payload(task: TaskRecord, delivery: DeliveryRecord) -> bytes:
    """The JSON document, the same in every attempt: a task that has ended does not change."""
    about = {
        "task_id": task.task_id,
        "uuid": task.uuid,
        "task_type": task.type,
        "status": task.status,
        "error_code": task.error_code,
        "error_message": task.error_message,
        "created_at": task.created_at,
        "ended_at": delivery.created_at,
        "status_url": f"/api/tasks/{task.task_id}/status",
    }
    document = {
        "type": f"task.{task.status}",
        "timestamp": delivery.created_at,
        "data": {**about, "result": shape_result(task)},
        # As before the specification, for one version more.
        "delivery_id": delivery.delivery_id,
        "event": f"task.{task.status}",
        **about,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
