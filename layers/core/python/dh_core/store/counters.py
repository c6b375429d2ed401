"""Status and file counts that cost O(1) to read: sharded, moved in the writes they count.

So is the queue of each lane: how many tasks have ever been enqueued, and how many dequeued. A task
keeps the number that it drew (`sequence_number`) when it was enqueued.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from dh_core.clock import Clock, system_clock
from dh_core.limits import FILE_TYPES
from dh_core.store.table import Item, Table, Write
from dh_core.tasks.lanes import Lane
from dh_core.tasks.states import Phase, QueueChange, Status

SHARDS = 32
"""Of two transactions at once on one shard one has to be repeated."""
_FRESH_SECONDS = 2.0


def counter_write(changes: Mapping[str, int]) -> Write:
    """An element of a transaction that adds `changes` to a random shard."""
    shard = random.randrange(SHARDS)  # noqa: S311 - spreads load, protects nothing
    names = {f"#c{i}": name for i, name in enumerate(changes)}
    values = {f":c{i}": change for i, change in enumerate(changes.values())}
    additions = ", ".join(f"#c{i} :c{i}" for i in range(len(changes)))
    return {
        "Update": {
            "Key": _key(shard),
            "UpdateExpression": f"ADD {additions}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
    }


def task_counter(status: Status) -> str:
    return f"task_{status}"


def file_counter(file_type: str) -> str:
    return f"file_{file_type}"


def queue_counter(lane: Lane, change: QueueChange) -> str:
    return f"queue_{lane}_{change}"


def counter_keys() -> list[Item]:
    return [_key(shard) for shard in range(SHARDS)]


def sum_counters(items: Iterable[Item]) -> Counter[str]:
    """The counts of all shards together."""
    sums: Counter[str] = Counter()
    for item in items:
        sums.update({name: int(value) for name, value in item.items() if name not in ("PK", "SK")})
    return sums


def next_sequence_number(counts: Mapping[str, int], lane: Lane) -> int:
    """The number that the next task to be enqueued draws; 1 is the first."""
    return counts.get(queue_counter(lane, "enqueued"), 0) + 1


class CounterStore:
    """Reads the counts back."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock
        self._read_at = -_FRESH_SECONDS
        self._recent: Counter[str] = Counter()

    def totals(self) -> tuple[dict[Status, int], dict[str, int]]:
        """Tasks by status, ready files by type."""
        sums = self._read()
        tasks = {status: sums[task_counter(status)] for status in Status}
        files: dict[str, int] = {
            file_type: sums[file_counter(file_type)] for file_type in FILE_TYPES
        }
        return tasks, files

    def of_owner(self, owner: str) -> tuple[dict[Status, int], dict[str, int]]:
        """The same for one owner, counted from what they have: O(n) of their own items."""
        tasks = dict.fromkeys(Status, 0)
        for item in self._items(owner, "TASK", "phase"):
            tasks[Phase(item["phase"]).status] += 1
        files: dict[str, int] = dict.fromkeys(FILE_TYPES, 0)
        for item in self._items(owner, "FILE", "file_type, #status"):
            if item["status"] == "ready":
                files[item["file_type"]] += 1
        return tasks, files

    def _items(self, owner: str, kind: str, attributes: str) -> Iterator[Item]:
        return self._table.query(
            IndexName="GSI1",
            KeyConditionExpression="GSI1PK = :partition",
            ExpressionAttributeValues={":partition": f"OWNER#{owner}#{kind}"},
            ProjectionExpression=attributes,
            **({"ExpressionAttributeNames": {"#status": "status"}} if "#" in attributes else {}),
        )

    def next_sequence_number(self, lane: Lane) -> int:
        return next_sequence_number(self._read(), lane)

    def dequeued(self, lane: Lane) -> int:
        """How many tasks were dequeued, up to two seconds ago: polling should read little."""
        now = self._clock()
        if now - self._read_at >= _FRESH_SECONDS:
            self._recent, self._read_at = self._read(), now
        return self._recent[queue_counter(lane, "dequeued")]

    def _read(self) -> Counter[str]:
        return sum_counters(self._table.batch_get(counter_keys()))


def _key(shard: int) -> dict[str, str]:
    return {"PK": f"COUNT#{shard}", "SK": "COUNT"}
