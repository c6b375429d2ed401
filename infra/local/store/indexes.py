"""Secondary indexes in order, so that a query of ministack's reads one page and not all of them.

ministack knows an index partition's members, but sorts and tests every one of them at each query: a
list of a hundred thousand tasks takes seconds. Here they stay sorted, and a query is given those
that its page can hold. What it does with them is its own: conditions, filters and cursors.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, Final

from ministack.services import dynamodb

Item = dict[str, Any]
Table = dict[str, Any]
Order = tuple[Any, ...]
"""Of an item in an index: its range key, then the table's own keys."""

_query: ContextVar[Item | None] = ContextVar("query", default=None)
_PAGE_BYTES: Final = dynamodb._DDB_PAGE_SIZE_BYTES


class Partition:
    """The members of one index partition, in order."""

    def __init__(self, table: Table, index: str) -> None:
        self._table = table
        self._index = index
        ranges = dynamodb._index_key_lists(dynamodb._index_def(table, index))[1]
        self._names = dynamodb._index_order_keys(table, ranges)
        self._members: list[tuple[Order, tuple[str, str]]] = []

    def put(self, key: tuple[str, str], item: Item) -> None:
        insort(self._members, (self._order(item), key))

    def remove(self, key: tuple[str, str], item: Item) -> None:
        entry = (self._order(item), key)
        place = bisect_left(self._members, entry)
        if self._members[place : place + 1] == [entry]:
            del self._members[place]

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """The table's keys of all members; while a query runs, of those that its page may need."""
        query = _query.get()
        return (key for _, key in self._members) if query is None else self._page(query)

    def _page(self, query: Item) -> Iterator[tuple[str, str]]:
        """One more than fits tells that there is more."""
        low, high = self._bounds(query)
        places = range(low, high)
        limit = int(query.get("Limit") or high - low + 1)
        size = 0
        for count, place in enumerate(
            places if query.get("ScanIndexForward", True) else reversed(places)
        ):
            key = self._members[place][1]
            yield key
            item = self._table["items"][key[0]][key[1]]
            entry = dynamodb._apply_index_projection(item, self._table, self._index)
            size += dynamodb._item_size_bytes(entry)
            if count >= limit or size > _PAGE_BYTES:
                return

    def _bounds(self, query: Item) -> tuple[int, int]:
        """The places that the query's condition and cursor leave, the upper one excluded."""
        low, high = 0, len(self._members)
        condition = (query.get("KeyConditionExpression") or "").split(" AND ", 1)
        if len(condition) == 2:
            low, high = self._range(condition[1].split(), query["ExpressionAttributeValues"])
        start = query.get("ExclusiveStartKey")
        if start is None:
            return low, high
        cursor = self._order(start)
        if query.get("ScanIndexForward", True):
            return max(low, bisect_right(self._members, cursor, key=lambda each: each[0])), high
        return low, min(high, bisect_left(self._members, cursor, key=lambda each: each[0]))

    def _range(self, words: list[str], values: Item) -> tuple[int, int]:
        """Where a condition on the range key holds. Raises NotImplementedError for a form that this
        project does not use."""

        def place(name: str, bisect: Any) -> int:
            value = dynamodb._sort_key_value(values[name], self._names[0][1])
            found: int = bisect(self._members, value, key=lambda each: each[0][0])
            return found

        match words:
            case [_, "BETWEEN", low, "AND", high]:
                return place(low, bisect_left), place(high, bisect_right)
            case [_, "<", high]:
                return 0, place(high, bisect_left)
        raise NotImplementedError(f"a query of an index with {' '.join(words)}")

    def _order(self, item: Item) -> Order:
        return tuple(dynamodb._index_order_value(item, name, kind) for name, kind in self._names)


def keep_in_order() -> None:
    """Take the places of ministack's `_index_members`, `_index_item` and `_query`."""
    original = dynamodb._query

    def query(data: Item) -> Any:
        token = _query.set(data)
        try:
            return original(data)
        finally:
            _query.reset(token)

    dynamodb._query = query
    dynamodb._index_members, dynamodb._index_item = _members, _note


def _members(table: Table) -> dict[str, dict[Any, Partition]]:
    members: dict[str, dict[Any, Partition]] | None = table.get(dynamodb._INDEX_MEMBERS)
    if members is None:
        members = {name: {} for name, _, _ in dynamodb._index_key_schemas(table)}
        table[dynamodb._INDEX_MEMBERS] = members
        for partition, items in table["items"].items():
            for sort, item in items.items():
                _note(table, partition, sort, item, add=True)
    return members


def _note(table: Table, partition: str, sort: str, item: Item, add: bool) -> None:
    members = table.get(dynamodb._INDEX_MEMBERS)
    if members is None:
        return
    for name, hashes, ranges in dynamodb._index_key_schemas(table):
        value = dynamodb._index_partition(item, hashes, ranges)
        if value is None:
            continue
        entries = members[name].setdefault(value, Partition(table, name))
        if add:
            entries.put((partition, sort), item)
        else:
            entries.remove((partition, sort), item)
            if not entries:
                del members[name][value]
