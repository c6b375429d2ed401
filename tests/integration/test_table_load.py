"""What tasks cost in the table, counted by DynamoDB's rules: fails when it grows.

`python -m tests.load --write` measures again, for the simulation; the ceilings here are for people.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import ceil
from typing import Any

import boto3
import pytest

from infra.local.cloud.process import Ministack
from infra.local.data_dir import DataDir
from tests.conftest import table_properties
from tests.load.__main__ import HOUR, KEPT, TEXTS, measure
from tests.load.lives import bill_of_a_life, metered_world
from tests.model.cloud.dynamo import DynamoInMemory


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The embedded cloud's DynamoDB, with the template's table."""
    with DataDir(tmp_path_factory.mktemp("cloud")) as data:
        ministack = Ministack(data)
        ministack.start()
        resource = boto3.resource(
            "dynamodb",
            endpoint_url=ministack.url,
            region_name="us-east-1",
            aws_access_key_id=ministack.credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ministack.credentials["AWS_SECRET_ACCESS_KEY"],
        )
        client = resource.meta.client
        client.create_table(TableName="table", BillingMode="PAY_PER_REQUEST", **table_properties())
        yield client
        ministack.stop()


def test_a_task_and_its_run_cost_no_more_than_this(embedded: Any) -> None:
    with metered_world(embedded) as world:
        bill_of_a_life(world, text=TEXTS["ordinary"], seconds=0)
        bill = bill_of_a_life(world, text=TEXTS["ordinary"], seconds=12)
    assert bill.writes <= 33
    assert bill.write_units <= 82
    assert bill.index_units("GSI1") <= 6


@pytest.fixture(scope="module", params=TEXTS)
def measured(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    with metered_world(DynamoInMemory()) as world:
        return request.param, measure(world, TEXTS[request.param])


def test_an_hour_of_running_costs_the_same_whatever_the_text_weighs(
    measured: tuple[str, dict[str, Any]],
) -> None:
    hour = measured[1]["running_hour"]
    assert hour["write_units"] <= 600
    assert hour["GSI1"] <= 1
    # Three hundred thousand of these saturate no shard of the sweep's index.
    assert hour["GSI2"] / HOUR <= 0.1
    # The cancellation is looked for every second, by reading.
    assert HOUR * 0.9 <= hour["read_units"] <= HOUR


def test_a_text_is_paid_for_once_when_the_task_is_created(
    measured: tuple[str, dict[str, Any]],
) -> None:
    _, found = measured
    task, by_kind = found["task"], found["of_the_task_by_kind"]
    text = by_kind["table"]["SPEC"]
    # Twice its kilobytes: it is put in a transaction.
    assert text == 2 * ceil(found["largest_bytes"]["SPEC"] / 1024)
    assert task["write_units"] - text <= 58
    assert (task["GSI1"], task["GSI2"]) == (6, 12)


def test_the_simulation_runs_on_what_is_measured(measured: tuple[str, dict[str, Any]]) -> None:
    name, found = measured
    kept = json.loads(KEPT.read_text(encoding="utf-8"))[name]
    for part in ("task", "run_of_43_s", "running_hour"):
        # Sizes differ by a byte or so from run to run, by the shard that a count went to.
        stale = f"{part}: run python -m tests.load --write"
        assert kept[part] == pytest.approx(found[part], rel=0.03, abs=2), stale
