"""The DynamoDB client: conditional writes, transactions and pages, as the stores need them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

from dh_core.access.cursors import Position
from dh_core.cloud import clients as aws
from dh_core.files.ownership import declared_item

Item = dict[str, Any]
Write = dict[str, Any]
"""One element of TransactWriteItems, e.g. `{"Put": {...}}`, without the table's name."""

Filters = Mapping[str, str | Sequence[str]]
"""By attribute: the value that it must have, or the values of which it must have one."""

T = TypeVar("T")

TRIES: Final = 8
"""Of a write that another transaction keeps from its items."""
_PAGES_EXAMINED = 10
_CURSOR_KEYS = ("PK", "SK", "GSI1SK")


class ConditionFailed(Exception):
    """A conditional write lost. `failed` holds the positions of the writes that refused."""

    def __init__(self, failed: frozenset[int] = frozenset({0})) -> None:
        super().__init__("condition failed")
        self.failed = failed


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some records, newest first, and where to go on (None: that was all)."""

    records: tuple[T, ...]
    cursor: Position | None


class Table:
    """A DynamoDB table. The connection is made on first use, to keep cold starts short."""

    def __init__(self, name: str, client: Any = None) -> None:
        self.name = name
        if client is not None:
            self.client = client

    @cached_property
    def client(self) -> Any:
        return aws.dynamodb()

    def get(self, key: Item) -> Item | None:
        """Read one item, strongly consistent."""
        found: Item | None = self.client.get_item(
            TableName=self.name, Key=key, ConsistentRead=True
        ).get("Item")
        return found

    def batch_get(self, keys: Sequence[Item], *, consistent: bool = False) -> list[Item]:
        """Read up to 100 items, in any order; missing ones are left out."""
        items: list[Item] = []
        pending: Item = {self.name: {"Keys": list(keys), "ConsistentRead": consistent}}
        while pending:
            response = self.client.batch_get_item(RequestItems=pending)
            items += response["Responses"].get(self.name, [])
            # What did not fit into 16 MB, or was throttled; the client itself backs off.
            pending = response.get("UnprocessedKeys", {})
        return items

    def update(self, write: Write) -> Item:
        """UpdateItem; returns the whole new item. Raises ConditionFailed."""
        declared_item(write["Key"]["PK"])
        for attempt in range(TRIES):
            try:
                response = self.client.update_item(
                    TableName=self.name, ReturnValues="ALL_NEW", **write
                )
            except self.client.exceptions.ConditionalCheckFailedException as error:
                raise ConditionFailed from error
            except self.client.exceptions.TransactionConflictException:
                # A transaction holds the item; the client does not retry this by itself.
                if attempt == TRIES - 1:
                    raise
                _back_off(attempt)
            else:
                break
        attributes: Item = response["Attributes"]
        return attributes

    def put(self, item: Item) -> None:
        declared_item(item["PK"])
        self.client.put_item(TableName=self.name, Item=item)

    def delete(self, key: Item) -> None:
        self.client.delete_item(TableName=self.name, Key=key)

    def delete_partition(self, partition: str, *, but: str | None = None) -> int:
        """Delete every item of a partition, `but` the one with this sort key; how many went."""
        keys: list[Item] = [
            {"PK": item["PK"], "SK": item["SK"]}
            for item in self.query(
                KeyConditionExpression="PK = :pk",
                ExpressionAttributeValues={":pk": partition},
                ProjectionExpression="PK, SK",
                ConsistentRead=True,
            )
            if item["SK"] != but
        ]
        for key in keys:
            self.delete(key)
        return len(keys)

    def transact(self, make_writes: Callable[[], Sequence[Write]]) -> None:
        """TransactWriteItems. Raises ConditionFailed.

        `make_writes` is asked again after a conflict with another transaction, so that it may
        choose another counter shard.
        """
        for attempt in range(TRIES):
            writes = [
                {kind: {"TableName": self.name, **body} for kind, body in write.items()}
                for write in make_writes()
            ]
            for write in writes:
                for body in write.values():
                    declared_item((body["Item"] if "Item" in body else body["Key"])["PK"])
            try:
                self.client.transact_write_items(TransactItems=writes)
            except self.client.exceptions.TransactionCanceledException as error:
                codes = [reason.get("Code") for reason in error.response["CancellationReasons"]]
                failed = frozenset(i for i, c in enumerate(codes) if c == "ConditionalCheckFailed")
                if failed:
                    raise ConditionFailed(failed) from error
                if "TransactionConflict" not in codes or attempt == TRIES - 1:
                    raise
                _back_off(attempt)
            else:
                return

    def query(self, **arguments: Any) -> Iterator[Item]:
        """Every matching item, page by page."""
        while True:
            response = self.client.query(TableName=self.name, **arguments)
            yield from response["Items"]
            if "LastEvaluatedKey" not in response:
                return
            arguments["ExclusiveStartKey"] = response["LastEvaluatedKey"]

    def newest(
        self,
        partition: str,
        *,
        limit: int,
        cursor: Position | None,
        filters: Filters,
        between: tuple[str, str] | None = None,
    ) -> Page[Item]:
        """One page of GSI1, newest first, of items with the `filters`' attributes.

        `between` bounds GSI1SK, both ends included. A filter that lets little through may make a
        page short, even empty, before the end: one answer examines `_PAGES_EXAMINED` pages at most.
        """
        arguments = _listing(partition, filters, between) | {"ScanIndexForward": False}
        if cursor is not None:
            arguments["ExclusiveStartKey"] = {
                "GSI1PK": partition,
                **dict(zip(_CURSOR_KEYS, cursor, strict=True)),
            }
        if not filters:
            arguments["Limit"] = limit + 1
        found: list[Item] = []
        for _ in range(_PAGES_EXAMINED):
            response = self.client.query(TableName=self.name, **arguments)
            found += response["Items"]
            # One more than asked for tells whether another page exists.
            if len(found) > limit:
                return Page(tuple(found[:limit]), _position(found[limit - 1]))
            if "LastEvaluatedKey" not in response:
                return Page(tuple(found), None)
            arguments["ExclusiveStartKey"] = response["LastEvaluatedKey"]
        return Page(tuple(found), _position(arguments["ExclusiveStartKey"]))

    def count(self, partition: str, filters: Filters) -> int:
        """How many items `newest` would give in all."""
        arguments = _listing(partition, filters, None) | {"Select": "COUNT"}
        total = 0
        while True:
            response = self.client.query(TableName=self.name, **arguments)
            total += int(response["Count"])
            if "LastEvaluatedKey" not in response:
                return total
            arguments["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def _back_off(attempt: int) -> None:
    """Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter")."""
    time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - not a secret


def _listing(partition: str, filters: Filters, between: tuple[str, str] | None) -> dict[str, Any]:
    """The Query of a GSI1 partition whose attributes are (among) what `filters` say."""
    condition, values = "GSI1PK = :partition", {":partition": partition}
    if between is not None:
        condition += " AND GSI1SK BETWEEN :low AND :high"
        values |= {":low": between[0], ":high": between[1]}
    clauses: list[str] = []
    for i, allowed in enumerate(filters.values()):
        options = (allowed,) if isinstance(allowed, str) else tuple(allowed)
        names = [f":f{i}_{n}" for n in range(len(options))]
        values |= dict(zip(names, options, strict=True))
        clauses.append(f"#f{i} IN ({', '.join(names)})")
    arguments: dict[str, Any] = {
        "IndexName": "GSI1",
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
    }
    if clauses:
        arguments["FilterExpression"] = " AND ".join(clauses)
        arguments["ExpressionAttributeNames"] = {f"#f{i}": name for i, name in enumerate(filters)}
    return arguments


def _position(item: Item) -> Position:
    """The index key without its partition: that one is always the reader's own."""
    return tuple(str(item[key]) for key in _CURSOR_KEYS)
