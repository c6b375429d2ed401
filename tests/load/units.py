"""What DynamoDB bills for an item's write or read, from the item. Pure.

Amazon DynamoDB Developer Guide: "DynamoDB item sizes and formats"; "DynamoDB read and write
operations" (capacity unit consumption); "Using Global Secondary Indexes" (write considerations).
A transaction's writes to the table cost twice; those to an index follow later, and once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

Item = Mapping[str, Any]

WRITE_BYTES: Final = 1024
READ_BYTES: Final = 4096
INDEXES: Final = {"GSI1": ("GSI1PK", "GSI1SK"), "GSI2": ("GSI2PK", "GSI2SK")}
"""Of template.yaml; both hold whole items."""


def item_bytes(item: Item) -> int:
    """The size of an item as DynamoDB counts it."""
    return sum(len(name.encode()) + _bytes(value) for name, value in item.items())


def _bytes(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, int | float | Decimal):
        digits = Decimal(value).normalize().as_tuple().digits
        return math.ceil(len(digits) / 2) + 1
    if isinstance(value, Mapping):
        return 3 + len(value) + item_bytes(value)
    if isinstance(value, set | frozenset):
        return sum(map(_bytes, value))
    if isinstance(value, list | tuple):
        return 3 + len(value) + sum(map(_bytes, value))
    return len(bytes(value))


def write_units(before: Item | None, after: Item | None) -> int:
    """Of a write to the table: the larger of the item before and after."""
    return max(_written(before), _written(after), 1)


def index_units(index: str, before: Item | None, after: Item | None) -> int:
    """Of what the write makes an index do."""
    old, new = _entry(index, before), _entry(index, after)
    if old == new:
        return 0
    if old is None or new is None:
        return _written(old) + _written(new)
    if any(old[key] != new[key] for key in INDEXES[index]):
        # The old entry is deleted, the new one put.
        return _written(old) + _written(new)
    return max(_written(old), _written(new))


def read_units(size: int, *, consistent: bool) -> float:
    """Of reading so many bytes at once."""
    return max(math.ceil(size / READ_BYTES), 1) * (1.0 if consistent else 0.5)


def _written(item: Item | None) -> int:
    return 0 if item is None else math.ceil(item_bytes(item) / WRITE_BYTES)


def _entry(index: str, item: Item | None) -> Item | None:
    """What an index holds of an item; None without the index's keys."""
    return item if item is not None and all(key in item for key in INDEXES[index]) else None
