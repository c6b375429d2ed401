"""How many tasks wait in each lane, and how long the first of them has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from dh_core.clock import Clock, system_clock
from dh_core.specs.task_types import SPECS
from dh_core.store.counters import counter_keys, queue_counter, sum_counters
from dh_core.store.table import Item, Table
from dh_core.store.tasks.records import LEASE_SHARDS
from dh_core.tasks.lanes import LANES, Lane
from dh_core.tasks.states import ENQUEUED, Phase

_READ_AT_MOST: Final = 2_500
"""Tasks of a shard: at some 2 KB each five pages, 0.3 s and 600 read units, at most once a minute.
In a longer queue the age is that of the oldest task read, a lower bound."""


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """How many tasks wait in a lane, and for how many seconds the first has."""

    tasks: int
    age_seconds: float


class QueueDepths:
    """Reads the depth of every lane's queue. An empty one costs nothing but its counters."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def read(self) -> dict[Lane, QueueDepth]:
        """By lane."""
        counts = sum_counters(self._table.batch_get(counter_keys()))
        waiting: dict[Lane, int] = {
            lane: max(
                counts[queue_counter(lane, "enqueued")] - counts[queue_counter(lane, "dequeued")], 0
            )
            for lane in LANES
        }
        now = self._clock()
        oldest = self._oldest(now) if any(waiting.values()) else {}
        return {
            lane: QueueDepth(tasks, max(now - oldest.get(lane, now), 0.0))
            for lane, tasks in waiting.items()
        }

    def _oldest(self, now: float) -> dict[Lane, float]:
        """When the first task of each lane was enqueued, seconds since the epoch."""
        oldest: dict[Lane, float] = {}
        for shard in range(LEASE_SHARDS):
            for item in islice(self._leases(shard), _READ_AT_MOST):
                if Phase(item["phase"]) in ENQUEUED:
                    lane = SPECS[item["type"]].lane
                    enqueued = float(item.get("queued_at", now))
                    oldest[lane] = min(oldest.get(lane, now), enqueued)
        return oldest

    def _leases(self, shard: int) -> Iterator[Item]:
        return self._table.query(
            IndexName="GSI2",
            KeyConditionExpression="GSI2PK = :shard",
            ExpressionAttributeValues={":shard": f"LEASE#{shard}"},
            ProjectionExpression="phase, #type, queued_at",
            ExpressionAttributeNames={"#type": "type"},
        )
