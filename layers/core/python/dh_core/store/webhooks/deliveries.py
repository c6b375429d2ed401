"""The outbox and log of webhooks: one delivery per task, put in the write that ends the task.

So a task with a callback cannot end without its delivery being due, whatever becomes of the
messages about it. A delivery is claimed before it is attempted, so two messages at once call once.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from dh_core.clock import Clock, iso, new_id, system_clock
from dh_core.store.table import ConditionFailed, Item, Table, Write
from dh_core.store.tasks.records import TaskRecord

SHARDS: Final = 4
REPEATED_MOST: Final = 100
"""A delivery that was started so often is not made again: its log is one item."""
CLAIM_SECONDS: Final = 60
"""A claimed attempt that is not recorded by then died; the next one may start."""


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call and how it went."""

    at: str
    http_status: int | None
    error: str | None
    """A stable word such as `timeout`; None when the receiver accepted."""
    duration_ms: int


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

    @property
    def tries(self) -> int:
        """Attempts since it was last asked for."""
        return self.started - self.earlier


def delivery_write(task: TaskRecord, now: float) -> Write:
    """To be carried out with the transition that ends a task which has a `callback_url`."""
    item: Item = {
        **_key(task.task_id),
        **_sweep_attributes(task.task_id, int(now)),
        "task_id": task.task_id,
        "delivery_id": new_id(),
        "owner": task.owner,
        "url": task.callback_url,
        "status": DeliveryStatus.PENDING,
        "created_at": iso(now),
        "due_at": int(now),
        "started": 0,
        "attempts": [],
        "expires_at": task.expires_at,
    }
    return {"Put": {"Item": item}}


class DeliveryStore:
    """Reads, claims and settles deliveries."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def get(self, task_id: str) -> DeliveryRecord | None:
        item = self._table.get(_key(task_id))
        return _record(item) if item else None

    def overdue(self) -> Iterator[DeliveryRecord]:
        """Pending deliveries that nobody seems to work on, oldest first within each shard."""
        for shard in range(SHARDS):
            for item in self._table.query(
                IndexName="GSI2",
                KeyConditionExpression="GSI2PK = :shard AND GSI2SK < :now",
                ExpressionAttributeValues={
                    ":shard": f"DELIVERY#{shard}",
                    ":now": f"{int(self._clock()) + 1:012d}",
                },
            ):
                yield _record(item)

    def defer(self, delivery: DeliveryRecord, seconds: int) -> bool:
        """Hide it from the sweep for a while: it has just been enqueued. False if it moved."""
        sort = _sweep_attributes(delivery.task_id, int(self._clock()) + seconds)["GSI2SK"]
        return self._update(
            delivery.task_id,
            "SET GSI2SK = :sort",
            "#status = :pending AND started = :seen",
            {":sort": sort, ":pending": DeliveryStatus.PENDING, ":seen": delivery.started},
            {"#status": "status"},
        )

    def claim(self, task_id: str) -> DeliveryRecord | None:
        """Start an attempt; None when it is not due, is over, or another has it."""
        now = int(self._clock())
        until = now + CLAIM_SECONDS
        claimed = self._update(
            task_id,
            "SET due_at = :until, GSI2SK = :sort ADD started :one",
            "#status = :pending AND due_at <= :now",
            {
                ":until": until,
                ":sort": _sweep_attributes(task_id, until)["GSI2SK"],
                ":one": 1,
                ":pending": DeliveryStatus.PENDING,
                ":now": now,
            },
            {"#status": "status"},
        )
        return self.get(task_id) if claimed else None

    def repeat(self, task_id: str) -> bool:
        """Make a delivery that is over due again. False when it is not, or was too often."""
        now = int(self._clock())
        return self._update(
            task_id,
            "SET #status = :pending, due_at = :now, earlier = started, "
            "GSI2PK = :shard, GSI2SK = :sort",
            "#status <> :pending AND (attribute_not_exists(earlier) OR earlier < :most)",
            {
                ":pending": DeliveryStatus.PENDING,
                ":now": now,
                ":most": REPEATED_MOST,
                ":shard": _sweep_attributes(task_id, now)["GSI2PK"],
                ":sort": _sweep_attributes(task_id, now)["GSI2SK"],
            },
            {"#status": "status"},
        )

    def settle(
        self, claimed: DeliveryRecord, attempt: Attempt, status: DeliveryStatus, due_at: int | None
    ) -> bool:
        """Log an attempt, and end the delivery or say when the next is due. False if too late."""
        values: dict[str, Any] = {
            ":status": status,
            ":attempt": [_attempt_item(attempt)],
            ":started": claimed.started,
        }
        sets, drops = "SET #status = :status, attempts = list_append(attempts, :attempt)", ""
        if due_at is None:
            drops = " REMOVE GSI2PK, GSI2SK"
        else:
            sets += ", due_at = :due, GSI2SK = :sort"
            values[":due"] = due_at
            # A little later than its message, which usually comes first.
            values[":sort"] = _sweep_attributes(claimed.task_id, due_at + CLAIM_SECONDS)["GSI2SK"]
        return self._update(
            claimed.task_id, sets + drops, "started = :started", values, {"#status": "status"}
        )

    def _update(
        self,
        task_id: str,
        expression: str,
        condition: str,
        values: dict[str, Any],
        names: dict[str, str],
    ) -> bool:
        try:
            self._table.update(
                {
                    "Key": _key(task_id),
                    "UpdateExpression": expression,
                    "ConditionExpression": condition,
                    "ExpressionAttributeNames": names,
                    "ExpressionAttributeValues": values,
                }
            )
        except ConditionFailed:
            return False
        return True


def _key(task_id: str) -> dict[str, str]:
    return {"PK": f"TASK#{task_id}", "SK": "DELIVERY"}


def _sweep_attributes(task_id: str, at: int) -> Item:
    shard = zlib.crc32(task_id.encode()) % SHARDS
    return {"GSI2PK": f"DELIVERY#{shard}", "GSI2SK": f"{at:012d}#{task_id}"}


def _attempt_item(attempt: Attempt) -> Item:
    return {
        "at": attempt.at,
        "http_status": attempt.http_status,
        "error": attempt.error,
        "duration_ms": attempt.duration_ms,
    }


def _record(item: Item) -> DeliveryRecord:
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
            )
            for entry in item["attempts"]
        ),
    )
