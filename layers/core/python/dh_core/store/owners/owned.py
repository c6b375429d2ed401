"""What an owner has in the table besides tasks and files, for when the account is deleted.

Those two have stores of their own, which also move the counts. The list is in
`dh_core.files.ownership`.
"""

from __future__ import annotations

from dh_core.files.ownership import Belongs, kinds
from dh_core.store.table import Filters, Table


class OwnedItems:
    """Deletes in batches; safe to repeat, because each starts from what is there."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def delete_listed(self, owner: str, most: int) -> int:
        """Delete up to `most` listed items of each kind; how many the lists still held.

        An index lags behind: an item may be listed, and counted, once more after it went.
        """
        listings: list[tuple[str, Filters]] = [
            *((f"OWNER#{owner}#{kind}", {}) for kind in kinds(Belongs.LISTED)),
            *((kind, {"owner": owner}) for kind in kinds(Belongs.KEY)),
        ]
        found = 0
        for partition, filters in listings:
            page = self._table.newest(partition, limit=most, cursor=None, filters=filters)
            for item in page.records:
                self._table.delete({"PK": item["PK"], "SK": item["SK"]})
            found += len(page.records)
        return found

    def delete_named(self, owner: str) -> int:
        """Delete what is found by the owner's name: usage, counts, settings."""
        return sum(self._table.delete_partition(f"{kind}#{owner}") for kind in kinds(Belongs.NAMED))
