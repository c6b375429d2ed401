"""An AWS account in memory (moto) with the project's table, bucket and queue.

The table's keys and indexes are read from template.yaml, so that the tests cannot drift from it.
"""

from __future__ import annotations

import asyncio
import copy
import gc
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from moto import mock_aws
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.serialize import BaseJSONSerializer

from dh_core.clock import short_id
from dh_core.cloud.media_store import MediaStore
from dh_core.cloud.task_queue import TaskQueue
from dh_core.store import (
    AccountStore,
    BatchStore,
    CounterStore,
    DeliveryStore,
    FileStore,
    MultipartStore,
    PastRunStore,
    PronunciationStore,
    QuotaStore,
    SharedKeys,
    Table,
    TaskStore,
    TemplateStore,
    UsageStore,
    VoiceStore,
    WebhookStore,
)

ROOT = Path(__file__).resolve().parent.parent
REGION = "us-east-1"

# Several test processes share the machine. Threads that wait for each other's core spin meanwhile:
# the engines' tests took 2.7 times the processor time with two. Jobs inherit it; it is read when
# numpy, torch and onnxruntime are imported, which nothing above does.
os.environ |= {"OMP_NUM_THREADS": "1", "THREADS": "1"}


@pytest.fixture(autouse=True, scope="module")
def a_short_way_for_the_collector() -> None:
    """What has been loaded by now stays: torch alone has a million objects, and each collection
    that a test asks for, or causes, would go through them all."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="module")
def event_loop_of_the_thread() -> Iterator[None]:
    """As Lambda's runtime has one, which Mangum asks for; `asyncio.run` in a test takes it away."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()


def serialise_what_is_there() -> None:
    """Half of moto's time went into asking each value of an item for the nine types that it does
    not have, under several names each."""
    whole = BaseJSONSerializer._serialize_type_structure

    def structure(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name != "AttributeValue" or not isinstance(value, dict):
            return whole(self, serialized, value, shape, key)
        there: dict[str, Any] = {}
        for name in value:
            self._serialize(there, value[name], shape.members[name], name)
        return self._default_serialize(serialized, there, shape, key)

    BaseJSONSerializer._serialize_type_structure = structure  # type: ignore[method-assign]


serialise_what_is_there()


@dataclass
class ManualClock:
    """A clock that stands still until it is moved. Each reading is a little later than the last."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True)
class MotoCloud:
    """The resources of one test, and the stores over them."""

    table: Table
    media: MediaStore
    queue: TaskQueue
    queue_url: str
    clock: ManualClock

    @property
    def tasks(self) -> TaskStore:
        return TaskStore(self.table, self.clock)

    @property
    def files(self) -> FileStore:
        return FileStore(self.table, self.clock)

    @property
    def templates(self) -> TemplateStore:
        return TemplateStore(self.table, self.clock)

    @property
    def voices(self) -> VoiceStore:
        return VoiceStore(self.table, self.clock)

    @property
    def multipart(self) -> MultipartStore:
        return MultipartStore(self.table, self.clock)

    @property
    def pronunciations(self) -> PronunciationStore:
        return PronunciationStore(self.table, self.clock)

    @property
    def webhooks(self) -> WebhookStore:
        return WebhookStore(self.table, self.clock)

    @property
    def deliveries(self) -> DeliveryStore:
        return DeliveryStore(self.table, self.clock)

    @property
    def batches(self) -> BatchStore:
        return BatchStore(self.table, self.clock)

    @property
    def counters(self) -> CounterStore:
        return CounterStore(self.table, self.clock)

    @property
    def accounts(self) -> AccountStore:
        return AccountStore(self.table, self.clock)

    @property
    def past_runs(self) -> PastRunStore:
        return PastRunStore(self.table, self.clock)

    @property
    def quotas(self) -> QuotaStore:
        return QuotaStore(self.table, self.clock)

    @property
    def usage(self) -> UsageStore:
        return UsageStore(self.table, self.clock)

    @property
    def shared_keys(self) -> SharedKeys:
        return SharedKeys(self.table)

    def announced(self) -> list[str]:
        """Bodies of the messages in the task queue, which is emptied."""
        bodies: list[str] = []
        while messages := self._receive():
            for message in messages:
                bodies.append(message["Body"])
                self.queue.client.delete_message(
                    QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"]
                )
        return bodies

    def _receive(self) -> list[dict[str, Any]]:
        response = self.queue.client.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10
        )
        return response.get("Messages", [])


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@dataclass(frozen=True)
class AwsClients:
    """Clients as the stores make them for themselves."""

    dynamodb: Any
    s3: Any
    sqs: Any


@cache
def _clients() -> AwsClients:
    """Made once, while moto is at work: making them takes a third of a second."""
    return AwsClients(Table("any").client, MediaStore("any").client, TaskQueue("any").client)


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsClients]:
    """One imaginary account per test module.

    Not for the whole session, because the integration tests talk to a real server.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
            environment.delenv(name, raising=False)
        with mock_aws():
            yield _clients()


class Resources:
    """A table and a bucket of one name, whose contents can be kept and put back.

    Making them takes moto 18 ms; a copy of new ones in their place 0.5.
    """

    def __init__(self, aws: AwsClients) -> None:
        self.name = name = f"test-{short_id()}"
        properties = table_properties()
        aws.dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **properties)
        aws.s3.create_bucket(Bucket=name)
        # As in the template.
        versioning = {"Status": "Enabled"}
        aws.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
        self._tables = get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION].tables
        self._buckets = get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"].buckets
        self.nothing = self.contents()

    def contents(self) -> Any:
        """A copy, for `put`."""
        return copy.deepcopy((self._tables[self.name], self._buckets[self.name]))

    def put(self, contents: Any) -> None:
        """Have these contents and no others."""
        self._tables[self.name], self._buckets[self.name] = copy.deepcopy(contents)


@pytest.fixture(scope="module")
def resources(aws: AwsClients) -> Resources:
    return Resources(aws)


@pytest.fixture
def moto_cloud(aws: AwsClients, resources: Resources, clock: ManualClock) -> MotoCloud:
    """Empty resources in that account."""
    resources.put(resources.nothing)
    name = resources.name
    queue_url = aws.sqs.create_queue(QueueName=f"test-{short_id()}")["QueueUrl"]
    return MotoCloud(
        Table(name, aws.dynamodb),
        MediaStore(name, client=aws.s3),
        TaskQueue(queue_url, aws.sqs),
        queue_url,
        clock,
    )


class _TemplateLoader(yaml.CSafeLoader):
    """Reads CloudFormation's YAML; its short intrinsic functions become None."""


_TemplateLoader.add_multi_constructor("!", lambda loader, suffix, node: None)


@cache
def table_properties() -> dict[str, Any]:
    # The loader is a CSafeLoader with one more harmless constructor.
    document = yaml.load((ROOT / "template.yaml").read_text(), Loader=_TemplateLoader)
    properties = document["Resources"]["Table"]["Properties"]
    names = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    return {name: properties[name] for name in names}
