"""The DynamoDB client: conditional writes, transactions and pages, as the stores need them."""

from __future__ import annotations

import base64
import binascii
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from dh_core.errors import InvalidRequest

Item = dict[str, Any]
Write = dict[str, Any]
"""One element of TransactWriteItems, e.g. `{"Put": {...}}`, without the table's name."""

T = TypeVar("T")

_CONFLICT_RETRIES = 8


class ConditionFailed(Exception):
    """A conditional write lost. `failed` holds the positions of the writes that refused."""

    def __init__(self, failed: frozenset[int] = frozenset({0})) -> None:
        super().__init__("condition failed")
        self.failed = failed


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some records, newest first, and where to go on (None: that was all)."""

    records: tuple[T, ...]
    cursor: str | None


class Table:
    """A DynamoDB table. The connection is made on first use, to keep cold starts short."""

    def __init__(self, name: str, client: Any = None) -> None:
        self.name = name
        if client is not None:
            self.client = client

    @cached_property
    def client(self) -> Any:
        # boto3 costs 0.4 s to import; the resource's client speaks plain Python values.
        import boto3  # noqa: PLC0415 - see above

        return boto3.resource("dynamodb").meta.client

    def get(self, key: Item) -> Item | None:
        """Read one item, strongly consistent."""
        found: Item | None = self.client.get_item(
            TableName=self.name, Key=key, ConsistentRead=True
        ).get("Item")
        return found

    def batch_get(self, keys: Sequence[Item]) -> list[Item]:
        """Read up to 100 items; missing ones are left out."""
        response = self.client.batch_get_item(RequestItems={self.name: {"Keys": list(keys)}})
        items: list[Item] = response["Responses"].get(self.name, [])
        return items

    def update(self, write: Write) -> Item:
        """UpdateItem; returns the whole new item. Raises ConditionFailed."""
        try:
            response = self.client.update_item(TableName=self.name, ReturnValues="ALL_NEW", **write)
        except self.client.exceptions.ConditionalCheckFailedException as error:
            raise ConditionFailed from error
        attributes: Item = response["Attributes"]
        return attributes

    def put(self, item: Item) -> None:
        self.client.put_item(TableName=self.name, Item=item)

    def delete(self, key: Item) -> None:
        self.client.delete_item(TableName=self.name, Key=key)

    def transact(self, make_writes: Callable[[], Sequence[Write]]) -> None:
        """TransactWriteItems. Raises ConditionFailed.

        `make_writes` is asked again after a conflict with another transaction, so that it may
        choose another counter shard.
        """
        for attempt in range(_CONFLICT_RETRIES):
            writes = [
                {kind: {"TableName": self.name, **body} for kind, body in write.items()}
                for write in make_writes()
            ]
            try:
                self.client.transact_write_items(TransactItems=writes)
            except self.client.exceptions.TransactionCanceledException as error:
                codes = [reason.get("Code") for reason in error.response["CancellationReasons"]]
                failed = frozenset(i for i, c in enumerate(codes) if c == "ConditionalCheckFailed")
                if failed:
                    raise ConditionFailed(failed) from error
                if "TransactionConflict" not in codes or attempt == _CONFLICT_RETRIES - 1:
                    raise
                # Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
                time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - not a secret
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
        cursor: str | None,
        filters: Mapping[str, str],
    ) -> Page[Item]:
        """One page of GSI1, newest first; `filters` are equalities on attributes.

        Raises InvalidRequest for a cursor that we did not give out.
        """
        arguments = _listing(partition, filters) | {"ScanIndexForward": False}
        if cursor:
            arguments["ExclusiveStartKey"] = {"GSI1PK": partition, **_decode_cursor(cursor)}
        found: list[Item] = []
        # One more than asked for tells whether another page exists.
        for item in self.query(**arguments):
            found.append(item)
            if len(found) > limit:
                return Page(tuple(found[:limit]), _encode_cursor(found[limit - 1]))
        return Page(tuple(found), None)

    def count(self, partition: str, filters: Mapping[str, str]) -> int:
        """How many items `newest` would give in all."""
        arguments = _listing(partition, filters) | {"Select": "COUNT"}
        total = 0
        while True:
            response = self.client.query(TableName=self.name, **arguments)
            total += int(response["Count"])
            if "LastEvaluatedKey" not in response:
                return total
            arguments["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def _listing(partition: str, filters: Mapping[str, str]) -> dict[str, Any]:
    """The Query of a GSI1 partition whose attributes equal `filters`."""
    arguments: dict[str, Any] = {
        "IndexName": "GSI1",
        "KeyConditionExpression": "GSI1PK = :partition",
        "ExpressionAttributeValues": {
            ":partition": partition,
            **{f":f{i}": value for i, value in enumerate(filters.values())},
        },
    }
    if filters:
        arguments["FilterExpression"] = " AND ".join(f"#f{i} = :f{i}" for i in range(len(filters)))
        arguments["ExpressionAttributeNames"] = {f"#f{i}": name for i, name in enumerate(filters)}
    return arguments


_CURSOR_KEYS = ("PK", "SK", "GSI1SK")


def _encode_cursor(item: Item) -> str:
    document = json.dumps([item[key] for key in _CURSOR_KEYS], ensure_ascii=False)
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def _decode_cursor(cursor: str) -> Item:
    """The index key of a cursor, without its partition: that one is always the reader's own."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        genuine = len(values) == len(_CURSOR_KEYS) and all(map(_is_key, values))
    except (binascii.Error, ValueError, TypeError) as error:
        raise InvalidRequest(_BAD_CURSOR, code="invalid_cursor") from error
    if not genuine:
        raise InvalidRequest(_BAD_CURSOR, code="invalid_cursor")
    return dict(zip(_CURSOR_KEYS, values, strict=True))


def _is_key(value: Any) -> bool:
    """Whether DynamoDB takes it: 1 to 1,024 bytes of Unicode (ValueError if it is not valid)."""
    return isinstance(value, str) and 0 < len(value.encode()) <= 1024


_BAD_CURSOR = "The cursor is not one that this list gave out; start again without it."
