"""The table in memory answers as moto's DynamoDB does, call by call, over whole histories."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from dh_core.clock import short_id
from tests.conftest import table_properties
from tests.model import world
from tests.model.cloud.dynamo import DynamoInMemory
from tests.model.play import play

if TYPE_CHECKING:
    import pytest

    from tests.conftest import AwsClients

_CALLS = (
    "get_item",
    "batch_get_item",
    "put_item",
    "delete_item",
    "update_item",
    "transact_write_items",
    "query",
)
_HISTORIES = 20
_CALLS_LEAST = 60


def test_the_table_in_memory_answers_every_call_as_moto_does(
    aws: AwsClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables: list[_Recorded] = []

    class Recording(DynamoInMemory):
        def __init__(self, **arguments: Any) -> None:
            super().__init__(**arguments)
            self.calls: _Recorded = []
            tables.append(self.calls)

        def __getattribute__(self, name: str) -> Any:
            call = super().__getattribute__(name)
            if name not in _CALLS:
                return call

            def recorded(**arguments: Any) -> Any:
                answer, error = _outcome(call, arguments)
                self.calls.append((name, arguments, _plain(error or answer)))
                if error is not None:
                    raise error
                return answer

            return recorded

    monkeypatch.setattr(world, "DynamoInMemory", Recording)
    play(examples=_HISTORIES, steps=20, seed=3)
    monkeypatch.undo()
    # Short histories that have every call between them: moto takes its time.
    chosen = {}
    for wanted in _CALLS:
        having = [calls for calls in tables if wanted in {call for call, _, _ in calls}]
        shortest = min(having, key=lambda calls: max(len(calls), _CALLS_LEAST))
        chosen[id(shortest)] = shortest
    for calls in chosen.values():
        _replay(aws.dynamodb, calls)


_Recorded = list[tuple[str, dict[str, Any], Any]]


def _replay(client: Any, calls: _Recorded) -> None:
    name = f"model-{short_id()}"
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **table_properties())
    for call, arguments, expected in calls:
        answer, error = _outcome(getattr(client, call), _of_table(arguments, name))
        got = _plain(error or answer)
        assert _shown(got) == _shown(expected), (call, arguments)


def _of_table(arguments: Any, name: str) -> Any:
    """The same arguments about another table."""
    if isinstance(arguments, list):
        return [_of_table(each, name) for each in arguments]
    if not isinstance(arguments, dict):
        return arguments
    return {
        name if key == "table" else key: name if key == "TableName" else _of_table(value, name)
        for key, value in arguments.items()
    }


def _outcome(call: Any, arguments: dict[str, Any]) -> tuple[Any, ClientError | None]:
    try:
        return call(**arguments), None
    except ClientError as error:
        return None, error


def _plain(value: Any) -> Any:
    """Without what tells apart who answers."""
    if isinstance(value, ClientError):
        reasons = value.response.get("CancellationReasons", [])
        return [value.response["Error"]["Code"], *(reason["Code"] for reason in reasons)]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, Decimal):
        return float(value)
    return value


def _shown(answer: Any) -> Any:
    """The part of an answer that anybody here reads."""
    if not isinstance(answer, dict):
        return answer or {}
    if "Responses" in answer:
        (items,) = answer["Responses"].values()
        return sorted(items, key=lambda item: (item["PK"], item["SK"]))
    return {k: answer[k] for k in ("Item", "Items", "Attributes") if k in answer}
