"""The outbox and log of webhooks: deliveries are put in the write that starts or ends their task.

So a task with a callback cannot end without its delivery being due, whatever becomes of the
messages about it. A delivery is claimed before it is attempted, so two messages at once call once.

Of a run there is one delivery, which tells its events one after the other. Whoever attempts it
claims it first and looks at the task then; whoever tells the end looks at the claim once the task
has ended. So one of them sees the other, and nothing of the run is told after the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from dh_core.clock import Clock, system_clock
from dh_core.store.table import ConditionFailed, Table
from dh_core.store.webhooks.records import (
    SHARDS,
    Attempt,
    DeliveryRecord,
    DeliveryStatus,
    Line,
    attempt_item,
    delivery_key,
    read_delivery,
    sweep_attributes,
)

REPEATED_MOST: Final = 100
"""A delivery that was started so often is not made again: its log is one item."""
CLAIM_SECONDS: Final = 60
"""A claimed attempt that is not recorded by then died; the next one may start."""


class DeliveryStore:
    """Reads, claims and settles deliveries."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def get(self, task_id: str, line: Line = Line.END) -> DeliveryRecord | None:
        item = self._table.get(delivery_key(task_id, line))
        return read_delivery(item) if item else None

    def of_task(self, task_id: str) -> list[DeliveryRecord]:
        """In the order in which they began."""
        return [found for line in (Line.RUN, Line.END) if (found := self.get(task_id, line))]

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
                yield read_delivery(item)

    def defer(self, delivery: DeliveryRecord, seconds: int) -> bool:
        """Hide it from the sweep for a while: it has just been enqueued. False if it moved."""
        sort = sweep_attributes(delivery.task_id, int(self._clock()) + seconds)["GSI2SK"]
        return self._update(
            delivery.task_id,
            delivery.line,
            "SET GSI2SK = :sort",
            "#status = :pending AND started = :seen",
            {":sort": sort, ":pending": DeliveryStatus.PENDING, ":seen": delivery.started},
        )

    def claim(self, task_id: str, line: Line = Line.END) -> DeliveryRecord | None:
        """Start an attempt; None when it is not due, is over, or another has it."""
        now = int(self._clock())
        until = now + CLAIM_SECONDS
        claimed = self._update(
            task_id,
            line,
            "SET due_at = :until, claimed_until = :until, GSI2SK = :sort ADD started :one",
            "#status = :pending AND due_at <= :now",
            {
                ":until": until,
                ":sort": sweep_attributes(task_id, until)["GSI2SK"],
                ":one": 1,
                ":pending": DeliveryStatus.PENDING,
                ":now": now,
            },
        )
        return self.get(task_id, line) if claimed else None

    def close_run(self, task_id: str) -> bool:
        """End what is told of the run of a task that has ended; False while a call is being made.

        True too where nothing is told of it, or no more.
        """
        closed = self._update(
            task_id,
            Line.RUN,
            "SET #status = :superseded REMOVE GSI2PK, GSI2SK",
            "#status = :pending AND (attribute_not_exists(claimed_until) OR claimed_until <= :now)",
            {
                ":superseded": DeliveryStatus.SUPERSEDED,
                ":pending": DeliveryStatus.PENDING,
                ":now": int(self._clock()),
            },
        )
        if closed:
            return True
        run = self.get(task_id, Line.RUN)
        return run is None or run.status is not DeliveryStatus.PENDING

    def repeat(self, task_id: str) -> bool:
        """Make a delivery that is over due again. False when it is not, or was too often."""
        now = int(self._clock())
        return self._update(
            task_id,
            Line.END,
            "SET #status = :pending, due_at = :now, earlier = started, "
            "GSI2PK = :shard, GSI2SK = :sort",
            "#status <> :pending AND (attribute_not_exists(earlier) OR earlier < :most)",
            {
                ":pending": DeliveryStatus.PENDING,
                ":now": now,
                ":most": REPEATED_MOST,
                ":shard": sweep_attributes(task_id, now)["GSI2PK"],
                ":sort": sweep_attributes(task_id, now)["GSI2SK"],
            },
        )

    def settle(
        self,
        claimed: DeliveryRecord,
        attempt: Attempt | None,
        status: DeliveryStatus,
        due_at: int | None,
        **sets: Any,
    ) -> bool:
        """End a claim: log its attempt, if one was made, and what it `sets` besides.

        Ends the delivery too, or says when the next attempt is due. False if too late.
        """
        values: dict[str, Any] = {
            ":status": status,
            ":attempt": [attempt_item(attempt)] if attempt else [],
            ":started": claimed.started,
            **{f":{name}": value for name, value in sets.items()},
        }
        expression = "SET #status = :status, attempts = list_append(attempts, :attempt)"
        expression += "".join(f", {name} = :{name}" for name in sets)
        drops = " REMOVE claimed_until"
        if due_at is None:
            drops += ", GSI2PK, GSI2SK"
        else:
            expression += ", due_at = :due, GSI2SK = :sort"
            values[":due"] = due_at
            # A little later than its message, which usually comes first.
            values[":sort"] = sweep_attributes(claimed.task_id, due_at + CLAIM_SECONDS)["GSI2SK"]
        return self._update(
            claimed.task_id, claimed.line, expression + drops, "started = :started", values
        )

    def _update(
        self, task_id: str, line: Line, expression: str, condition: str, values: dict[str, Any]
    ) -> bool:
        statuses = "#status" in expression + condition
        try:
            self._table.update(
                {
                    "Key": delivery_key(task_id, line),
                    "UpdateExpression": expression,
                    "ConditionExpression": condition,
                    "ExpressionAttributeValues": values,
                    **({"ExpressionAttributeNames": {"#status": "status"}} if statuses else {}),
                }
            )
        except ConditionFailed:
            return False
        return True
