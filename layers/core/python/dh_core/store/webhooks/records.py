"""What the table holds of a task's webhooks: one item of its run, one of its end."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import Any, Final

from dh_core.clock import iso, new_id
from dh_core.store.table import Item, Write
from dh_core.store.tasks.records import TaskRecord

SHARDS: Final = 4
PROGRESS_SECONDS: Final = 10
"""Between two events `progress` at least; the first comes so long after the start."""


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    SUPERSEDED = "superseded"
    """The task ended first: of its run nothing is told any more."""


class Line(StrEnum):
    """What is told in order, one call at a time; the value is the item's sort key."""

    END = "DELIVERY"
    RUN = "DELIVERY#RUN"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call and how it went."""

    at: str
    http_status: int | None
    error: str | None
    """A stable word such as `timeout`; None when the receiver accepted."""
    duration_ms: int
    event: str | None = None
    """What was told, as `progress`; None in items of an earlier release."""


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A row of the table."""

    task_id: str
    delivery_id: str
    owner: str
    url: str
    status: DeliveryStatus
    created_at: str
    due_at: int
    """When the next attempt may start, seconds since the epoch."""
    started: int = 0
    """How many attempts were started."""
    earlier: int = 0
    """Those of them that were over when the delivery was asked for again."""
    attempts: tuple[Attempt, ...] = ()
    line: Line = Line.END
    event: str | None = None
    """Of a run: what is to be told next."""
    told: int = 0
    """Of a run: the progress that was told last."""

    @property
    def tries(self) -> int:
        """Attempts since it was last asked for."""
        return self.started - self.earlier

    @property
    def failures(self) -> int:
        """Attempts that failed since one did not."""
        return sum(1 for _ in takewhile(lambda one: one.error, reversed(self.attempts)))


def end_write(task: TaskRecord, now: float) -> Write:
    """To be carried out with the transition that ends a task whose callback is told of that."""
    return {"Put": {"Item": _item(task, now, Line.END)}}


def run_write(task: TaskRecord, now: float) -> Write:
    """To be carried out with a task's first start, if its callback is told of `run_events`."""
    event = "started" if "started" in task.run_events else "progress"
    due = now if event == "started" else now + PROGRESS_SECONDS
    return {"Put": {"Item": {**_item(task, now, Line.RUN, due), "event": event, "told": 0}}}


def _item(task: TaskRecord, now: float, line: Line, due: float | None = None) -> Item:
    due_at = int(now if due is None else due)
    return {
        **delivery_key(task.task_id, line),
        **sweep_attributes(task.task_id, due_at),
        "task_id": task.task_id,
        "delivery_id": new_id(),
        "owner": task.owner,
        "url": task.callback_url,
        "status": DeliveryStatus.PENDING,
        "created_at": iso(now),
        "due_at": due_at,
        "started": 0,
        "attempts": [],
        "expires_at": task.expires_at,
    }


def delivery_key(task_id: str, line: Line) -> dict[str, str]:
    return {"PK": f"TASK#{task_id}", "SK": line}


def sweep_attributes(task_id: str, at: int) -> Item:
    shard = zlib.crc32(task_id.encode()) % SHARDS
    return {"GSI2PK": f"DELIVERY#{shard}", "GSI2SK": f"{at:012d}#{task_id}"}


def attempt_item(attempt: Attempt) -> Item:
    return {
        "at": attempt.at,
        "http_status": attempt.http_status,
        "error": attempt.error,
        "duration_ms": attempt.duration_ms,
        "event": attempt.event,
    }


def read_delivery(item: Mapping[str, Any]) -> DeliveryRecord:
    return DeliveryRecord(
        task_id=item["task_id"],
        delivery_id=item["delivery_id"],
        owner=item["owner"],
        url=item["url"],
        status=DeliveryStatus(item["status"]),
        created_at=item["created_at"],
        due_at=int(item["due_at"]),
        started=int(item["started"]),
        earlier=int(item.get("earlier", 0)),
        attempts=tuple(
            Attempt(
                at=entry["at"],
                http_status=None if entry["http_status"] is None else int(entry["http_status"]),
                error=entry["error"],
                duration_ms=int(entry["duration_ms"]),
                event=entry.get("event"),
            )
            for entry in item["attempts"]
        ),
        line=Line(item["SK"]),
        event=item.get("event"),
        told=int(item.get("told", 0)),
    )
