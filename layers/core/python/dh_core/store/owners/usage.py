"""Usage per owner and day. Sharded like the status counts, because they move in the same writes."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Final

from dh_core.clock import Clock, system_clock
from dh_core.store.table import Table, Write
from dh_core.tasks.quota_windows import DAY, day_of
from dh_core.tasks.usage import Usage

SHARDS: Final = 16
_KEPT_DAYS: Final = 400
"""A year of days and the month in which somebody settles it."""


def addition(additions: Mapping[str, int], key: Mapping[str, str], expires_at: int) -> Write:
    """An element of a transaction that adds to an item's numbers, which may not exist yet."""
    names = {f"#a{i}": name for i, name in enumerate(additions)} | {"#ttl": "expires_at"}
    values = {f":a{i}": value for i, value in enumerate(additions.values())}
    added = ", ".join(f"#a{i} :a{i}" for i in range(len(additions)))
    return {
        "Update": {
            "Key": dict(key),
            "UpdateExpression": f"SET #ttl = :ttl ADD {added}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values | {":ttl": expires_at},
        }
    }


class UsageStore:
    """Adds up and reads back."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def day_write(self, owner: str, usage: Usage) -> Write:
        """Adds to today's usage of an owner; part of the write that ends an attempt."""
        now = self._clock()
        shard = random.randrange(SHARDS)  # noqa: S311 - spreads load, protects nothing
        key = {"PK": usage_partition(owner), "SK": f"{day_of(now).isoformat()}#{shard}"}
        return addition(usage.nonzero(), key, int(now) + _KEPT_DAYS * DAY)

    def days(self, owner: str, first: date, last: date) -> dict[date, Usage]:
        """Usage of each day that has any, both ends included, in order."""
        sums: defaultdict[date, Usage] = defaultdict(Usage)
        for item in self._table.query(
            KeyConditionExpression="PK = :pk AND SK BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": usage_partition(owner),
                ":first": f"{first.isoformat()}#",
                # '~' sorts after every shard's digit.
                ":last": f"{last.isoformat()}#~",
            },
            ConsistentRead=True,
        ):
            sums[date.fromisoformat(item["SK"].partition("#")[0])] += Usage.read(item)
        return dict(sums)

    def today(self, owner: str) -> Usage:
        today = day_of(self._clock())
        return self.days(owner, today, today).get(today, Usage())


def usage_partition(owner: str) -> str:
    return f"USAGE#{owner}"
