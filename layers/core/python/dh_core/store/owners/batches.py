"""Batches: what became of each task that was asked for together with others.

A batch is one item, which lapses with its tasks. Where its tasks are now is read from them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dh_core.clock import Clock, iso, system_clock
from dh_core.errors import Conflict
from dh_core.store.table import ConditionFailed, Item, Table


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """One task of a batch: accepted under `task_id`, or refused with `code` and `message`."""

    task_id: str | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A row of the table. `entries` come in the request's order; empty until the first answer."""

    batch_id: str
    created_at: str
    entries: tuple[BatchEntry, ...]


class BatchStore:
    """Begins batches, notes their outcomes and reads them back."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def begin(
        self, owner: str, batch_id: str, *, digest: str, retention_seconds: int
    ) -> BatchRecord:
        """A new batch, or the one that the same request began before.

        Raises Conflict when the id stands for another request.
        """
        now = self._clock()
        try:
            item = self._table.update(
                {
                    "Key": _key(owner, batch_id),
                    "UpdateExpression": "SET batch_id = :id, #owner = :owner, digest = :digest, "
                    "created_at = if_not_exists(created_at, :now), expires_at = :ttl",
                    "ConditionExpression": "attribute_not_exists(PK) OR digest = :digest",
                    "ExpressionAttributeNames": {"#owner": "owner"},
                    "ExpressionAttributeValues": {
                        ":id": batch_id,
                        ":owner": owner,
                        ":digest": digest,
                        ":now": iso(now),
                        ":ttl": int(now) + retention_seconds,
                    },
                }
            )
        except ConditionFailed as lost:
            raise Conflict(
                "This Idempotency-Key already stands for another batch; use a new one.",
                code="idempotency_conflict",
            ) from lost
        return _record(item)

    def note(self, owner: str, batch_id: str, entries: Sequence[BatchEntry]) -> None:
        """Keep what became of each task. An account that went meanwhile stays gone."""
        try:
            self._table.update(
                {
                    "Key": _key(owner, batch_id),
                    "UpdateExpression": "SET entries = :entries",
                    "ConditionExpression": "attribute_exists(PK)",
                    "ExpressionAttributeValues": {
                        ":entries": json.dumps(
                            [[one.task_id, one.code, one.message] for one in entries],
                            ensure_ascii=False,
                        )
                    },
                }
            )
        except ConditionFailed:
            return

    def get(self, owner: str, batch_id: str) -> BatchRecord | None:
        item = self._table.get(_key(owner, batch_id))
        return _record(item) if item else None


def _key(owner: str, batch_id: str) -> Item:
    return {"PK": f"BATCH#{owner}", "SK": batch_id}


def _record(item: Item) -> BatchRecord:
    return BatchRecord(
        batch_id=item["batch_id"],
        created_at=item["created_at"],
        entries=tuple(BatchEntry(*entry) for entry in json.loads(item.get("entries", "[]"))),
    )
