"""A DynamoDB table in memory, spoken to as boto3's client: fast, and its items lie open."""

# ruff: noqa: N803 - boto3's names of arguments

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.model.cloud.expressions import Item, condition, placeholders, update

Key = tuple[str, str]
Watcher = Callable[[Key, Item | None, Item | None], None]

_INDEX_KEYS = {None: ("PK", "SK"), "GSI1": ("GSI1PK", "GSI1SK"), "GSI2": ("GSI2PK", "GSI2SK")}


class ConditionalCheckFailed(ClientError):
    pass


class TransactionCanceled(ClientError):
    pass


class TransactionConflict(ClientError):
    """Never raised: whoever calls runs alone."""


class DynamoInMemory:
    """One table. `watch` is told of every item that changes: its key, before, after."""

    exceptions = SimpleNamespace(
        ConditionalCheckFailedException=ConditionalCheckFailed,
        TransactionCanceledException=TransactionCanceled,
        TransactionConflictException=TransactionConflict,
    )

    def __init__(self, watch: Watcher = lambda key, before, after: None) -> None:
        self.items: dict[Key, Item] = {}
        self._watch = watch

    def get_item(self, *, Key: Item, **_: Any) -> Item:
        found = self.items.get(_key(Key))
        return {"Item": dict(found)} if found else {}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> Item:
        ((table, asked),) = RequestItems.items()
        found = [self.items.get(_key(key)) for key in asked["Keys"]]
        return {"Responses": {table: [dict(item) for item in found if item]}}

    def put_item(self, *, Item: Item, **arguments: Any) -> None:
        self._write([("Put", {"Item": Item, **arguments})])

    def delete_item(self, *, Key: Item, **arguments: Any) -> None:
        self._write([("Delete", {"Key": Key, **arguments})])

    def update_item(self, *, ReturnValues: str = "", **arguments: Any) -> Item:
        self._write([("Update", arguments)])
        return {"Attributes": dict(self.items[_key(arguments["Key"])])}

    def transact_write_items(self, *, TransactItems: Sequence[Mapping[str, Any]]) -> None:
        writes = [next(iter(write.items())) for write in TransactItems]
        keys = [_target(write) for _, write in writes]
        if len(set(keys)) < len(keys):
            raise ValueError(f"one transaction touches an item twice: {keys}")
        if len(keys) > 100:
            raise ValueError(f"{len(keys)} writes in one transaction")
        self._write(writes, together=True)

    def query(
        self,
        *,
        KeyConditionExpression: str,
        ExpressionAttributeValues: Item,
        IndexName: str | None = None,
        ExpressionAttributeNames: Mapping[str, str] | None = None,
        FilterExpression: str | None = None,
        ProjectionExpression: str | None = None,
        ScanIndexForward: bool = True,
        Limit: int | None = None,
        ExclusiveStartKey: Item | None = None,
        Select: str | None = None,
        **_: Any,
    ) -> Item:
        names, values = ExpressionAttributeNames or {}, ExpressionAttributeValues
        partition, sort = _INDEX_KEYS[IndexName]
        wanted = condition(KeyConditionExpression)
        found = [i for i in self.items.values() if partition in i and wanted(i, names, values)]

        def place(item: Item) -> tuple[str, str, str]:
            return (item[sort], item["PK"], item["SK"])

        found.sort(key=place, reverse=not ScanIndexForward)
        if ExclusiveStartKey is not None:
            start = place(ExclusiveStartKey)
            found = [
                i for i in found if (place(i) > start) is ScanIndexForward and place(i) != start
            ]
        answer: Item = {}
        if Limit is not None and len(found) > Limit:
            found = found[:Limit]
            answer["LastEvaluatedKey"] = {
                name: found[-1][name] for name in {partition, sort, "PK", "SK"}
            }
        if FilterExpression is not None:
            keep = condition(FilterExpression)
            found = [item for item in found if keep(item, names, values)]
        answer["Count"] = len(found)
        if Select != "COUNT":
            shown = (ProjectionExpression or "").replace(" ", "").split(",")
            wanted_names = {names.get(name, name) for name in shown if name}
            answer["Items"] = [
                {k: v for k, v in item.items() if not wanted_names or k in wanted_names}
                for item in found
            ]
        return answer

    def _write(self, writes: Sequence[tuple[str, Item]], *, together: bool = False) -> None:
        for _, write in writes:
            _check_placeholders(write)
        held = [self._holds(write) for _, write in writes]
        if not all(held):
            raise (
                _refusal(held)
                if together
                else ConditionalCheckFailed(
                    {"Error": {"Code": "ConditionalCheckFailedException"}}, "Write"
                )
            )
        for kind, write in writes:
            if kind != "ConditionCheck":
                self._apply(kind, write)

    def _holds(self, write: Item) -> bool:
        text = write.get("ConditionExpression")
        if text is None:
            return True
        item = self.items.get(_target(write), {})
        return condition(text)(item, *_substitutes(write))

    def _apply(self, kind: str, write: Item) -> None:
        key = _target(write)
        before = self.items.get(key)
        after: Item | None = None
        if kind == "Put":
            after = dict(write["Item"])
        elif kind == "Update":
            after = update(write["UpdateExpression"])(
                before or dict(write["Key"]), *_substitutes(write)
            )
        if after is None:
            self.items.pop(key, None)
        else:
            self.items[key] = after
        if before is not None or after is not None:
            self._watch(key, before, after)


def _key(key: Item) -> Key:
    return key["PK"], key["SK"]


def _target(write: Item) -> Key:
    return _key(write["Item"] if "Item" in write else write["Key"])


def _substitutes(write: Item) -> tuple[Item, Item]:
    return write.get("ExpressionAttributeNames", {}), write.get("ExpressionAttributeValues", {})


def _check_placeholders(write: Item) -> None:
    """As DynamoDB: every name and value that is given is used, and the other way round."""
    texts = (write.get("UpdateExpression", ""), write.get("ConditionExpression", ""))
    used = placeholders(texts[0]) | placeholders(texts[1])
    names, values = _substitutes(write)
    given = names.keys() | values.keys()
    if used != given:
        raise ValueError(f"placeholders used or given only: {used ^ given} in {texts}")


def _refusal(held: Sequence[bool]) -> TransactionCanceled:
    reasons = [{"Code": "None" if ok else "ConditionalCheckFailed"} for ok in held]
    error = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return TransactionCanceled(error, "TransactWriteItems")


class DynamoTables:
    """Tables in memory by name, for tests that make some of their own."""

    exceptions = DynamoInMemory.exceptions

    def __init__(self) -> None:
        self._tables: dict[str, DynamoInMemory] = defaultdict(DynamoInMemory)

    def create_table(self, **_: Any) -> None:
        """One is there as soon as it is used."""

    def scan(self, *, TableName: str, **_: Any) -> Item:
        return {"Items": [dict(item) for item in self._tables[TableName].items.values()]}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            return getattr(self._tables[_table_of(arguments)], name)(**arguments)

        return call


def _table_of(arguments: Mapping[str, Any]) -> str:
    if "TransactItems" in arguments:
        (first,) = arguments["TransactItems"][0].values()
        return str(first["TableName"])
    if "RequestItems" in arguments:
        return str(next(iter(arguments["RequestItems"])))
    return str(arguments["TableName"])
