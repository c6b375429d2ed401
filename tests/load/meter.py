"""A DynamoDB client that bills every call by DynamoDB's rules, whatever table lies behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.load.units import INDEXES, index_units, item_bytes, read_units, write_units

Key = tuple[str, str]
_WRITES = ("put_item", "update_item", "delete_item")


@dataclass
class Bill:
    """Units since the start. By kind of item, the first word of its sort key."""

    writes: int = 0
    table: Counter[str] = field(default_factory=Counter)
    """Write units of the table itself."""
    indexes: dict[str, Counter[str]] = field(
        default_factory=lambda: {i: Counter() for i in INDEXES}
    )
    """Write units of each index."""
    read_units: float = 0.0
    largest: Counter[str] = field(default_factory=Counter)
    """The most bytes that an item of a kind had."""

    @property
    def write_units(self) -> int:
        return self.table.total() + sum(units.total() for units in self.indexes.values())

    def index_units(self, index: str) -> int:
        return self.indexes[index].total()


class Meter:
    """Stands in a client's place. Slow: it reads each item before and after its write."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.bill = Bill()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return self._billed(name, found) if name in _WRITES else found

    def _billed(self, name: str, call: Any) -> Any:
        def billed(**arguments: Any) -> Any:
            table, body = arguments["TableName"], arguments
            with _Written(self, table, [body], times=1):
                return call(**arguments)

        return billed

    def transact_write_items(self, *, TransactItems: Sequence[Mapping[str, Any]]) -> Any:  # noqa: N803 - boto3's name
        bodies = [body for write in TransactItems for body in write.values()]
        checks = {
            id(write["ConditionCheck"]) for write in TransactItems if "ConditionCheck" in write
        }
        with _Written(self, bodies[0]["TableName"], bodies, times=2, checks=checks):
            return self._client.transact_write_items(TransactItems=TransactItems)

    def get_item(self, *, ConsistentRead: bool = False, **arguments: Any) -> Any:  # noqa: N803 - boto3's name
        answer = self._client.get_item(ConsistentRead=ConsistentRead, **arguments)
        self._read([answer.get("Item", {})], consistent=ConsistentRead)
        return answer

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> Any:  # noqa: N803 - boto3's name
        answer = self._client.batch_get_item(RequestItems=RequestItems)
        for table, asked in RequestItems.items():
            found = answer["Responses"].get(table, [])
            missing: list[Any] = [{}] * (len(asked["Keys"]) - len(found))
            self._read([*found, *missing], consistent=bool(asked.get("ConsistentRead")))
        return answer

    def query(self, *, ConsistentRead: bool = False, **arguments: Any) -> Any:  # noqa: N803 - boto3's name
        # What a projection leaves out is billed on AWS, but not counted here.
        consistent = {"ConsistentRead": True} if ConsistentRead else {}
        answer = self._client.query(**consistent, **arguments)
        size = sum(map(item_bytes, answer.get("Items", [])))
        self.bill.read_units += read_units(size, consistent=ConsistentRead)
        return answer

    def _read(self, items: Sequence[Mapping[str, Any]], *, consistent: bool) -> None:
        for item in items:
            self.bill.read_units += read_units(item_bytes(item), consistent=consistent)

    def peek(self, table: str, key: Key) -> dict[str, Any] | None:
        """An item as it is now, at nobody's expense."""
        found: dict[str, Any] | None = self._client.get_item(
            TableName=table, Key={"PK": key[0], "SK": key[1]}, ConsistentRead=True
        ).get("Item")
        return found

    def charge(
        self, key: Key, before: dict[str, Any] | None, after: dict[str, Any] | None, times: int
    ) -> None:
        kind = key[1].partition("#")[0] if key[1][0].isupper() else key[0].partition("#")[0]
        self.bill.writes += 1
        self.bill.table[kind] += write_units(before, after) * times
        self.bill.largest[kind] = max(self.bill.largest[kind], item_bytes(after or {}))
        for index, units in self.bill.indexes.items():
            units[kind] += index_units(index, before, after)


class _Written:
    """Bills a call: also one that loses, whose conditions were looked at all the same."""

    def __init__(
        self,
        meter: Meter,
        table: str,
        bodies: Sequence[Mapping[str, Any]],
        *,
        times: int,
        checks: frozenset[int] | set[int] = frozenset(),
    ) -> None:
        self._meter, self._table, self._times = meter, table, times
        self._keys: list[Key] = []
        for body in bodies:
            named = body["Item"] if "Item" in body else body["Key"]
            self._keys.append((named["PK"], named["SK"]))
        self._checks = {
            key for key, body in zip(self._keys, bodies, strict=True) if id(body) in checks
        }

    def __enter__(self) -> None:
        self._before = [self._meter.peek(self._table, key) for key in self._keys]

    def __exit__(self, *_: object) -> None:
        for key, before in zip(self._keys, self._before, strict=True):
            after = before if key in self._checks else self._meter.peek(self._table, key)
            self._meter.charge(key, before, after, self._times)
