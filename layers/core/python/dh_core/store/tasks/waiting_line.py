"""How long the lines for a machine are, and how long their first tasks have waited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from dh_core.clock import Clock, system_clock
from dh_core.specs.base import Lane
from dh_core.specs.task_types import SPECS
from dh_core.store.counters import counter_keys, line_counter, sum_counters
from dh_core.store.table import Item, Table
from dh_core.store.tasks.records import LEASE_SHARDS
from dh_core.tasks.states import IN_LINE, Phase, TaskType

_LOOKED_AT_MOST: Final = 2_500
"""Tasks of a shard: at some 2 KB each five pages, 0.3 s and 600 read units, at most once a minute.
Behind a longer line the age is that of the oldest task seen, a lower bound."""


@dataclass(frozen=True, slots=True)
class Line:
    """One lane's line: how many tasks stand in it, and for how many seconds the first has."""

    length: int
    age_seconds: float


class WaitingLine:
    """Reads the state of all lines. An empty line costs nothing but its counters."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def look(self) -> dict[Lane, Line]:
        """The line of every lane."""
        counts = sum_counters(self._table.batch_get(counter_keys()))
        lengths: dict[Lane, int] = {
            lane: max(counts[line_counter(lane, "entered")] - counts[line_counter(lane, "left")], 0)
            for lane in sorted({spec.lane for spec in SPECS.values()})
        }
        now = self._clock()
        oldest = self._oldest(now) if any(lengths.values()) else {}
        return {
            lane: Line(length, max(now - oldest.get(lane, now), 0.0))
            for lane, length in lengths.items()
        }

    def _oldest(self, now: float) -> dict[Lane, float]:
        """When the first task of each line entered it, seconds since the epoch."""
        oldest: dict[Lane, float] = {}
        for shard in range(LEASE_SHARDS):
            for item in islice(self._leases(shard), _LOOKED_AT_MOST):
                if Phase(item["phase"]) in IN_LINE:
                    lane = SPECS[TaskType(item["type"])].lane
                    entered = float(item.get("queued_at", now))
                    oldest[lane] = min(oldest.get(lane, now), entered)
        return oldest

    def _leases(self, shard: int) -> Iterator[Item]:
        return self._table.query(
            IndexName="GSI2",
            KeyConditionExpression="GSI2PK = :shard",
            ExpressionAttributeValues={":shard": f"LEASE#{shard}"},
            ProjectionExpression="phase, #type, queued_at",
            ExpressionAttributeNames={"#type": "type"},
        )
