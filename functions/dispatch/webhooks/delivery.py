"""Webhooks: one signed POST per attempt, retried with growing pauses, each attempt logged.

The delivery is in the table since the task ended; a message only says that it may be due.
"""

from __future__ import annotations

from typing import Final

from aws_lambda_powertools import Logger

from dh_core.clock import iso
from dh_core.cloud.task_queue import EnqueueFailed
from dh_core.store import DeliveryRecord, DeliveryStatus, TaskRecord
from dh_core.store.webhooks.deliveries import CLAIM_SECONDS
from dh_core.store.webhooks.records import Attempt, Line
from functions.dispatch.deps import Dependencies
from functions.dispatch.webhooks import payloads
from functions.dispatch.webhooks.calls import ATTEMPTS_MOST, Event, call, count, pause_after
from functions.dispatch.webhooks.run import tell_run

logger = Logger(child=True)

_MAX_DELAY_SECONDS: Final = 900
"""Longest delay of an SQS message; what is due later is found by the sweep."""
_CALL_UNDER_WAY_SECONDS: Final = 3
"""Until the end is tried again that waits for a call of the run to come back."""


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
    found = 0
    for delivery in deps.deliveries.overdue():
        # Deferred first: two sweeps at once must not enqueue twice.
        if deps.deliveries.defer(delivery, 2 * CLAIM_SECONDS):
            enqueue_delivery(deps, delivery.task_id)
            found += 1
    return found


def handle_delivery(deps: Dependencies, task_id: str) -> None:
    """Make the attempt that is due, if one is. A second message for it does nothing."""
    task = deps.tasks.get(task_id)
    if task is None:
        return  # Deleted since, and its deliveries with it.
    if not task.phase.is_terminal:
        again = tell_run(deps, task_id)
        if again is not None and again <= _MAX_DELAY_SECONDS:
            enqueue_delivery(deps, task_id, delay_seconds=again)
        return
    if task.run_events and not deps.deliveries.close_run(task_id):
        enqueue_delivery(deps, task_id, delay_seconds=_CALL_UNDER_WAY_SECONDS)
        return
    delivery = deps.deliveries.claim(task_id)
    if delivery is not None:
        _tell_end(deps, task, delivery)


def _tell_end(deps: Dependencies, task: TaskRecord, delivery: DeliveryRecord) -> None:
    if delivery.tries > ATTEMPTS_MOST:
        # Its attempts died without a record, time after time.
        _settle(deps, delivery, Attempt(iso(deps.clock()), None, "interrupted", 0), None)
        return
    run = deps.deliveries.get(task.task_id, Line.RUN) if task.run_events else None
    body = payloads.of_end(task, delivery, run.started + 2 if run else 1)
    attempt = call(deps, delivery, Event(delivery.delivery_id, task.status, body))
    pause = None if attempt.error is None else pause_after(attempt, delivery.tries)
    _settle(deps, delivery, attempt, pause)


def _settle(
    deps: Dependencies, delivery: DeliveryRecord, attempt: Attempt, pause: int | None
) -> None:
    """Log the attempt; ask for the next one in `pause` seconds, or end the delivery."""
    status = DeliveryStatus.DELIVERED if attempt.error is None else DeliveryStatus.GIVEN_UP
    if pause is not None:
        status = DeliveryStatus.PENDING
    due_at = None if pause is None else int(deps.clock()) + pause
    task_id = delivery.task_id
    count(deps, task_id, attempt, status)
    if not deps.deliveries.settle(delivery, attempt, status, due_at):
        logger.warning("a later attempt overtook this one", extra={"task_id": task_id})
    elif pause is not None and pause <= _MAX_DELAY_SECONDS:
        enqueue_delivery(deps, task_id, delay_seconds=pause)
    logger.info(
        "webhook attempted",
        extra={"task_id": task_id, "outcome": attempt.error or "accepted", "retry_in": pause},
    )
