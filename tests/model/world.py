"""The whole system in one process: the real stores, handlers, services and runner over clouds in
memory, under one clock and one scheduler.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote_plus

from dh_core.access.webhook_client import Answer
from dh_core.cloud.media_store import UPLOADS
from dh_core.cloud.task_queue import TaskQueue
from dh_core.settings import ApiSettings, DispatchSettings
from dh_core.store import Table
from dh_core.tasks.waiting_queue import WaitingQueue
from functions.api import deps as api_deps
from functions.api.service.shared.context import Stores
from functions.dispatch.clients.batch_jobs import BatchJobs
from functions.dispatch.deps import Dependencies
from tests.model.cloud.batch import BatchInMemory
from tests.model.cloud.bucket import BucketInMemory, ModelMedia
from tests.model.cloud.dynamo import DynamoInMemory
from tests.model.cloud.queues import QueuesInMemory
from tests.model.judging.watch import Watch
from tests.model.settings import (
    AT_WORK_MOST,
    DELIVERIES,
    EVENTS,
    KEEP_ALIVE,
    NAMES,
    OBJECTS,
    TASKS,
    WAITING_QUEUES,
)
from tests.model.workers.processes import Scheduler, Stepped


@dataclass
class ModelClock:
    """Stands still until a rule moves it. Each reading is a little later than the last."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@dataclass
class Receiver:
    """What callbacks lead to."""

    well: bool = True
    told: Counter[str] = field(default_factory=Counter)
    """How often, by task, its end was told."""
    late: set[str] = field(default_factory=set)
    """Tasks of which something was told out of its order."""
    _last: dict[str, int] = field(default_factory=dict)

    def post(self, url: Any, headers: Any, body: bytes) -> Answer:
        event = json.loads(body)
        task_id, sequence = event["data"]["task_id"], event["data"]["sequence"]
        is_end = event["type"] not in ("task.started", "task.progress")
        # Also what is not accepted was seen: the same event may come again, an earlier one may not.
        if sequence < self._last.get(task_id, 0) or (not is_end and self.told[task_id]):
            self.late.add(task_id)
        self._last[task_id] = sequence
        if not self.well:
            return Answer(http_status=500)
        self.told[task_id] += is_end
        return Answer(http_status=200)


class World:
    """Everything there is. `watch` sees each write to the table in memory as it happens."""

    def __init__(self, dynamo: Any = None) -> None:
        self.clock = ModelClock()
        self.scheduler = Scheduler()
        self.queues = QueuesInMemory()
        self.batch = BatchInMemory(ended=self._event)
        self.bucket = BucketInMemory(created=self._object_created, writer=self._writer)
        self.watch = Watch(self)
        self.dynamo = dynamo or DynamoInMemory(watch=self.watch)
        self.receiver = Receiver()
        self.work_dir = Path(tempfile.mkdtemp(prefix="dh-model-"))
        self.lost_events = 0
        """Ends of jobs that nobody will ever hear of."""
        self.was_hindered = False
        """Whether queues or Batch were ever out of reach."""
        self.forms: list[tuple[str, str]] = []
        """Type and key of every upload that a client was allowed."""
        self.answered: dict[tuple[str, str], set[str]] = defaultdict(set)
        """By owner and idempotency key: the tasks that clients were told of."""
        self.being_deleted: set[str] = set()
        """Ids of tasks, voices and templates whose deletion was asked for."""
        self.tasks_of: dict[str, set[str]] = defaultdict(set)
        """Every task that an owner ever had."""
        clients = SimpleNamespace(
            **{
                name: Stepped(client, self.scheduler)
                for name, client in {
                    "dynamodb": self.dynamo,
                    "s3": self.bucket,
                    "sqs": self.queues,
                    "batch": self.batch,
                    "receiver": self.receiver,
                }.items()
            }
        )
        self.sqs = clients.sqs
        self.table = Table("table", clients.dynamodb)
        self.media = ModelMedia("bucket", client=clients.s3)
        self.queue = TaskQueue(TASKS, clients.sqs)
        self.deps = self._dispatcher(clients)
        self.stores = self._api()

    def _dispatcher(self, clients: Any) -> Dependencies:
        settings = DispatchSettings(**NAMES, **KEEP_ALIVE, start_lease_seconds=600)
        deps = Dependencies(settings, self.clock)
        # In place of what it would connect to.
        deps.__dict__.update(
            _table=self.table,
            media=self.media,
            queue=self.queue,
            deletion_queue=self.queue,
            delivery_queue=TaskQueue(DELIVERIES, clients.sqs),
            batch=BatchJobs(settings, client=clients.batch),
            waiting={"speaking": WaitingQueue(WAITING_QUEUES["speaking"], clients.sqs)},
            webhook_client=clients.receiver,
        )
        return deps

    def _api(self) -> Stores:
        settings = ApiSettings(**NAMES, concurrent_tasks=AT_WORK_MOST, daily_video_seconds=20)
        stores = api_deps.build(settings, clock=self.clock)
        stores.tasks._table.client = self.table.client
        stores.media.client = self.media.client
        stores.queue.client = stores.deletion_queue.client = self.queue.client
        return stores

    def _object_created(self, key: str) -> None:
        if key.startswith(UPLOADS):
            stored = self.bucket.objects[key]
            record = {"key": quote_plus(key), "size": len(stored.body), "eTag": stored.etag[1:-1]}
            body = json.dumps({"Records": [{"s3": {"object": record}}]})
            self._keep(OBJECTS, body)

    def _event(self, event: dict[str, Any]) -> None:
        self._keep(EVENTS, json.dumps(event))

    def _keep(self, queue: str, body: str) -> None:
        """AWS's own services reach the queues also when we cannot."""
        broken, self.queues.broken = self.queues.broken, False
        self.queues.send_message(QueueUrl=queue, MessageBody=body)
        self.queues.broken = broken

    def _writer(self) -> str:
        return self.scheduler.current.name if self.scheduler.current else ""

    def items(self, sort_key: str) -> list[dict[str, Any]]:
        """The table's items of one kind."""
        return [item for key, item in self.dynamo.items.items() if key[1] == sort_key]
