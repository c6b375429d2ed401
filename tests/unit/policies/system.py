"""The whole system in one thread: each part works under its role, and may do only what that allows.

moto's account behind the project's own stores and queues. Machines are missing: what Batch is asked
for is run here at once, and jobs make files of a few bytes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

import boto3.s3.transfer
from botocore.exceptions import ClientError
from fastapi.testclient import TestClient

from dh_core.clock import Clock
from dh_core.cloud import clients as aws
from dh_core.cloud.task_queue import TaskQueue
from dh_core.settings import ApiSettings, AuthSettings, DispatchSettings, WechatSettings
from dh_core.store import SegmentStore
from functions.api import deps as api_deps
from functions.api.app import app
from functions.api.http import dependencies as api_dependencies
from functions.dispatch import app as dispatch
from functions.dispatch.deps import Dependencies
from gpu_jobs.fanout.coordinator import FanOut
from gpu_jobs.jobs.job import Job
from gpu_jobs.runtime.worker import Worker
from infra.local.cloud import template as templates
from tests.conftest import MotoCloud
from tests.model.cloud.dynamo import DynamoTables
from tests.unit.gpu_jobs.runners import runner_of
from tests.unit.policies.calls import Call, calls
from tests.unit.policies.hook import every_call
from tests.unit.policies.roles import JOB_ROLE, ROOT, STACK, refusal

_CONTEXT: Final = SimpleNamespace(aws_request_id="request-1")
SMALL_PARTS: Final = boto3.s3.transfer.TransferConfig(multipart_threshold=1)
TEMPLATE: Final = templates.load(ROOT / "template.yaml")


@dataclass
class Account:
    """Who is at work, and what each has been seen to need."""

    role: str | None = None
    """None: the test itself, which may do everything."""
    seen: dict[str, dict[tuple[Any, ...], Call]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @contextmanager
    def acting(self, role: str) -> Iterator[None]:
        before, self.role = self.role, role
        try:
            yield
        finally:
            self.role = before

    @contextmanager
    def nobody(self) -> Iterator[None]:
        """The test looks, or what AWS does by itself happens."""
        before, self.role = self.role, None
        try:
            yield
        finally:
            self.role = before

    def check(self, needed: Iterator[Call]) -> None:
        """Let an allowed call pass; else it ends as it would on AWS."""
        for call in needed if self.role is not None else ():
            assert self.role is not None
            self.seen.setdefault(self.role, {}).setdefault(call.kind, call)
            reason = refusal(self.role, call)
            if reason is not None:
                self.refused.append(reason)
                error = {"Error": {"Code": "AccessDenied", "Message": reason}}
                raise ClientError(error, call.action)


class JudgedTables:
    """DynamoDB's client in memory (moto's takes most of a minute for this), each call judged."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._tables = DynamoTables()

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._tables, name)
        if name in ("create_table", "exceptions"):
            return asked

        def call(**arguments: Any) -> Any:
            operation = "".join(word.title() for word in name.split("_"))
            self._account.check(calls("dynamodb", operation, arguments))
            return asked(**arguments)

        return call


@dataclass
class Machines:
    """AWS Batch's client: jobs wait here until the test runs them."""

    account: Account
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def submit_job(self, **asked: Any) -> dict[str, str]:
        self._need("SubmitJob", asked)
        job_id = f"job-{len(self.jobs) + 1}"
        self.jobs[job_id] = asked
        return {"jobId": job_id}

    def terminate_job(self, **asked: Any) -> None:
        self._need("TerminateJob", asked)

    def cancel_job(self, **asked: Any) -> None:
        self._need("CancelJob", asked)

    def describe_jobs(self, **asked: Any) -> dict[str, Any]:
        self._need("DescribeJobs", asked)
        return {"jobs": [{"status": "RUNNABLE"}]}

    def _need(self, operation: str, asked: dict[str, Any]) -> None:
        self.account.check(calls("batch", operation, asked))


class System:
    """`cloud` has the resources under the names by which the policies know them."""

    def __init__(
        self, cloud: MotoCloud, account: Account, queues: dict[str, str], more: dict[str, str]
    ) -> None:
        self.cloud = cloud
        self.account = account
        self.queues = queues
        self.machines = Machines(account)
        settings = DispatchSettings.from_env(self.variables("TasksFunction"))
        # What only the objects' function is told.
        wechat = WechatSettings.from_env({**self.variables("ObjectsFunction"), **more})
        self.dispatcher = Dependencies(settings, cloud.clock, wechat)
        self.dispatcher.batch.__dict__["client"] = self.machines
        self.types: set[str] = set()
        """Of the tasks that jobs have carried."""

    def variables(self, function: str) -> dict[str, str]:
        """The environment that the template gives a function; the speaking lane is on GPUs."""
        shared = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
        own = TEMPLATE["Resources"][function]["Properties"].get("Environment", {"Variables": {}})
        resolver = templates.Resolver(
            refs={
                **templates.parameter_defaults(TEMPLATE),
                **self.queues,
                "AWS::StackName": STACK,
                "Table": self.cloud.table.name,
                "Bucket": self.cloud.media.bucket,
                "SpeakingCompute": "gpu",
                "SpeakingKeepAliveSeconds": 60,
                "EditingKeepAliveSeconds": 60,
                "AuthSecretsId": "secrets",
                "RequestsPerMinute": 1000,
            },
            arns={},
        )
        return {k: str(v) for k, v in resolver.resolve({**shared, **own["Variables"]}).items()}

    @contextmanager
    def api(self, clock: Clock, **more: str) -> Iterator[TestClient]:
        """The routes over stores as the function makes them for itself."""
        variables = {**self.variables("ApiFunction"), **more}
        settings = ApiSettings.from_env(variables)
        stores = api_deps.build(settings, AuthSettings.from_env(variables), clock)
        with (
            patch.dict(app.dependency_overrides, {api_dependencies.stores: lambda: stores}),
            TestClient(app, follow_redirects=False) as client,
        ):
            yield client

    # ---- what AWS does between the parts --------------------------------------------------------
    def arrived(self, key: str) -> None:
        """S3 tells of an object."""
        body = json.dumps({"Records": [{"s3": {"object": {"key": key}}}]})
        self._handle("ObjectsFunction", dispatch.on_objects, [body])

    def upload(self, key: str, body: bytes) -> None:
        """By a presigned request, which is the client's."""
        with self.account.nobody():
            self.cloud.media.client.upload_fileobj(io.BytesIO(body), self.cloud.media.bucket, key)
        self.arrived(key)

    def settle(self) -> None:
        """Hand out messages until there is none."""
        handlers: tuple[tuple[str, str, Callable[..., Any]], ...] = (
            ("TasksQueue", "TasksFunction", dispatch.on_tasks),
            ("DeletionsQueue", "TasksFunction", dispatch.on_tasks),
            ("DeliveriesQueue", "DeliveriesFunction", dispatch.on_deliveries),
        )
        more = True
        while more:
            more = False
            for queue, role, handler in handlers:
                bodies = self._take(queue)
                more |= bool(bodies)
                self._handle(role, handler, bodies)

    def deliver_once(self, queue: str) -> None:
        """What lies in a queue of the tasks' function now."""
        self._handle("TasksFunction", dispatch.on_tasks, self._take(queue))

    def sweep(self) -> None:
        with self._dispatching("SweepFunction"):
            dispatch.on_sweep({}, _CONTEXT)

    def ended(self, task_id: str, attempt: int, reason: str = "") -> None:
        """Batch tells that a job is over."""
        parameters = {"task_id": task_id, "attempt": str(attempt)}
        detail = {"status": "FAILED", "statusReason": reason, "parameters": parameters}
        body = json.dumps({"detail": detail})
        self._handle("BatchEventsFunction", dispatch.on_batch_event, [body])

    def run(self, task_id: str, job: Job[Any], folder: Path, *, keep_alive: float = 0) -> str:
        """Carry the newest attempt of a task, and for `keep_alive` seconds others of its lane."""
        with self.account.nobody():
            task = self.cloud.tasks.get(task_id)
        assert task is not None
        waiting = {f"waiting_{lane}_queue_url": self._waiting(lane) for lane in _LANES}
        seconds = {f"keep_alive_seconds_{lane}": keep_alive for lane in _LANES}
        queue = TaskQueue(self.queues["TasksQueue"])
        runner = runner_of(
            self.cloud,
            folder,
            job,
            queue,
            task_queue_url=self.queues["TasksQueue"],
            **(waiting | seconds if keep_alive else {}),
        )
        segments = SegmentStore(self.cloud.table, self.cloud.clock)
        fan_out = FanOut(1.0, segments, self.cloud.tasks, self.cloud.media, queue)
        with self.account.acting(JOB_ROLE), _parts_of_any_size():
            outcome: str = Worker(replace(runner, fan_out=fan_out), queue).run(
                task_id, task.attempt
            )
        return outcome

    def _waiting(self, lane: str) -> str:
        return self.queues[f"Waiting{lane.title()}Queue"]

    def _handle(self, role: str, handler: Callable[..., Any], bodies: list[str]) -> None:
        if not bodies:
            return
        records = [
            {"messageId": str(n), "body": body, "eventSource": "aws:sqs"}
            for n, body in enumerate(bodies)
        ]
        with self._dispatching(role):
            answer = handler({"Records": records}, _CONTEXT)
        assert answer == {"batchItemFailures": []}, self.account.refused

    @contextmanager
    def _dispatching(self, role: str) -> Iterator[None]:
        made = lambda: self.dispatcher  # noqa: E731 - what the handlers call
        with self.account.acting(role), patch.object(dispatch, "dependencies", made):
            yield

    def _take(self, queue: str) -> list[str]:
        with self.account.nobody():
            client, address = self.cloud.queue.client, {"QueueUrl": self.queues[queue]}
            found = client.receive_message(**address, MaxNumberOfMessages=10).get("Messages", [])
            for message in found:
                client.delete_message(**address, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found]


_LANES: Final = ("speaking", "editing")


@contextmanager
def _parts_of_any_size() -> Iterator[None]:
    """Jobs upload small files as they do large ones: in parts."""
    with patch.object(boto3.s3.transfer, "TransferConfig", lambda *_, **__: SMALL_PARTS):
        yield


@contextmanager
def watched(account: Account) -> Iterator[None]:
    """Judge every call in the block that somebody of the system makes."""
    tables = JudgedTables(account)
    with every_call(account.check), patch.object(aws, "dynamodb", lambda: tables):
        yield
