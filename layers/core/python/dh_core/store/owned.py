"""Everything in the table that belongs to one owner, for when the account is deleted.

Tasks and files have stores of their own, which also move the counts; this is the rest.
"""

from __future__ import annotations

from typing import Final

from dh_core.store.files import file_partition
from dh_core.store.table import Filters, Item, Table
from dh_core.store.usage import usage_partition

_LISTED: Final = ("TEMPLATE", "VOICE", "SESSION", "UPLOAD")
"""Kinds of items that lie in GSI1 under `OWNER#owner#kind`."""
_NAMED: Final = ("RATE", "AT_WORK", "WEBHOOK")
"""Kinds of partitions that are found by the owner's name alone."""


class OwnedItems:
    """Deletes in batches; safe to repeat, because each starts from what is there."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def delete_listed(self, owner: str, most: int) -> int:
        """Delete up to `most` listed items of each kind; how many the lists still held.

        An index lags behind: an item may be listed, and counted, once more after it went.
        """
        found = 0
        listings: list[tuple[str, Filters]] = [(f"OWNER#{owner}#{kind}", {}) for kind in _LISTED]
        # The operator lists API keys of all owners together.
        for partition, filters in [*listings, ("KEY", {"owner": owner})]:
            page = self._table.newest(partition, limit=most, cursor=None, filters=filters)
            for item in page.records:
                self._table.delete({"PK": item["PK"], "SK": item["SK"]})
            found += len(page.records)
        return found

    def delete_named(self, owner: str) -> int:
        """Delete what is found by the owner's name: usage, counts, settings."""
        partitions = (usage_partition(owner), *(f"{kind}#{owner}" for kind in _NAMED))
        return sum(map(self._delete_partition, partitions))

    def delete_beside_task(self, task_id: str) -> int:
        """What was kept beside a task: its deliveries."""
        return self._delete_partition(f"TASK#{task_id}")

    def delete_beside_file(self, owner: str, file_type: str, filename: str) -> int:
        """What was kept beside a file: who waits for it and who uses it."""
        return self._delete_partition(file_partition(owner, file_type, filename))

    def _delete_partition(self, partition: str) -> int:
        keys: list[Item] = [
            {"PK": item["PK"], "SK": item["SK"]}
            for item in self._table.query(
                KeyConditionExpression="PK = :pk",
                ExpressionAttributeValues={":pk": partition},
                ConsistentRead=True,
            )
        ]
        for key in keys:
            self._table.delete(key)
        return len(keys)
