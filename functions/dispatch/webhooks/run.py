"""What is told of a task while it runs: that it started, and now and then how far it is.

The job has no part in it: whoever makes a call looks at the task, tells what is new, and asks to be
woken again. An event that was told is not told again; what the end has overtaken never is.
"""

from __future__ import annotations

from typing import Final

from aws_lambda_powertools import Logger

from dh_core.clock import iso
from dh_core.store import DeliveryRecord, DeliveryStatus, TaskRecord
from dh_core.store.webhooks.records import PROGRESS_SECONDS, Line
from dh_core.tasks.states import Phase
from functions.dispatch.deps import Dependencies
from functions.dispatch.webhooks import payloads
from functions.dispatch.webhooks.calls import Event, call, count, pause_after

logger = Logger(child=True)

PROGRESS_STEP: Final = 10
"""In percent: less news is not told."""
_LOOKS_SHARE: Final = 0.1
_LATEST_SECONDS: Final = 60


def tell_run(deps: Dependencies, task_id: str) -> int | None:
    """Tell what is due of a run; answers in how many seconds to look again, if a message shall."""
    delivery = deps.deliveries.claim(task_id, Line.RUN)
    if delivery is None:
        return None
    # Read under the claim: see the deliveries' module.
    task = deps.tasks.get(task_id)
    if task is None or task.phase.is_terminal:
        deps.deliveries.settle(delivery, None, DeliveryStatus.SUPERSEDED, None)
        return None
    if delivery.event == "started":
        event = Event(
            delivery.delivery_id,
            "started",
            payloads.of_run(task, "started", delivery.created_at, 1),
        )
        return _tell(deps, task, delivery, event)
    if task.phase is not Phase.RUNNING:
        # Its machine was lost, and the next may take long: the sweep looks.
        _wait(deps, delivery, _LATEST_SECONDS)
        return None
    if task.progress < delivery.told + PROGRESS_STEP:
        return _wait(deps, delivery, _interval(deps, task))
    sequence = delivery.started + 1
    body = payloads.of_run(task, "progress", iso(deps.clock()), sequence)
    event = Event(f"{delivery.delivery_id}-{sequence}", "progress", body)
    return _tell(deps, task, delivery, event)


def _interval(deps: Dependencies, task: TaskRecord) -> int:
    """Seconds between two looks: a tenth of what has passed, as its progress is written."""
    elapsed = deps.clock() - (task.started_at or deps.clock())
    return round(min(max(elapsed * _LOOKS_SHARE, PROGRESS_SECONDS), _LATEST_SECONDS))


def _wait(deps: Dependencies, delivery: DeliveryRecord, seconds: int) -> int:
    due = int(deps.clock()) + seconds
    deps.deliveries.settle(delivery, None, DeliveryStatus.PENDING, due)
    return seconds


def _tell(
    deps: Dependencies, task: TaskRecord, delivery: DeliveryRecord, event: Event
) -> int | None:
    attempt = call(deps, delivery, event)
    pause: int | None
    if attempt.error is None:
        told = task.progress if event.name == "progress" else 0
        pause = _interval(deps, task) if "progress" in task.run_events else None
        status = DeliveryStatus.DELIVERED if pause is None else DeliveryStatus.PENDING
        sets = {"event": "progress", "told": told}
    else:
        # Progress is not repeated as it was: the next attempt tells the newest.
        pause = pause_after(attempt, delivery.failures + 1)
        status = DeliveryStatus.GIVEN_UP if pause is None else DeliveryStatus.PENDING
        sets = {}
    count(deps, task.task_id, attempt, status)
    due = None if pause is None else int(deps.clock()) + pause
    deps.deliveries.settle(delivery, attempt, status, due, **sets)
    logger.info(
        "webhook attempted",
        extra={"task_id": task.task_id, "outcome": attempt.error or "accepted", "retry_in": pause},
    )
    return pause
