"""Real flows through the functions' handlers and a job's command, on moto's account.

Run as a program, so that what they write is what a container writes: metrics on standard output,
the log on standard error. Everything private in them is one of `PRIVATE`.
"""

from __future__ import annotations

import json
import os
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws

from dh_core.access.identity import USER_SCOPES
from dh_core.cloud.metrics import Metrics
from dh_core.store import ApiKeyStore, Table, TaskStore, WebhookStore
from dh_core.store.tasks.records import TaskRecord
from tests.conftest import table_properties
from tests.unit.functions.dispatch.dispatcher import FakeBatchClient

NAMESPACE = "DigitalHuman/test"
OWNER = "anna-of-the-shop"
TEXT = "这句话只给一个人听"
FORBIDDEN_TEXT = "一个禁词在这里"
FILE = "annas-wedding"
USER_ID = "label-of-anna"
CALLBACK = "https://127.0.0.1:9/hook?token=callback-secret"
SECRETS = {
    "signing_keys": [{"kid": "one", "secret": "n" * 64}],
    "owner_secret": "w" * 40,
}
PRIVATE = (OWNER, TEXT, FORBIDDEN_TEXT, FILE, USER_ID, "callback-secret", "n" * 64, "Signature=")


@dataclass(frozen=True)
class Context:
    """The second argument of a handler."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id: str = "request-1"


class Service:
    """The deployed service, called at its edges only."""

    def __init__(self, key: str, videos: Path) -> None:
        from functions.api.app import handler
        from functions.dispatch import app
        from functions.dispatch.clients.batch_jobs import BatchJobs
        from functions.dispatch.deps import dependencies

        self.dispatch = app
        self._api = handler
        self._key = key
        self._videos = videos
        self._s3 = boto3.client("s3")
        deps = dependencies()
        deps.__dict__["batch"] = BatchJobs(deps.settings, client=FakeBatchClient())

    def call(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"content-type": "application/json", "x-api-key": self._key},
            "requestContext": {
                "http": {"method": method, "path": path, "sourceIp": "203.0.113.1"},
                "stage": "$default",
            },
            "body": json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = self._api(event, Context())
        return {"status": answer["statusCode"], **json.loads(answer["body"])}

    def upload(self, name: str) -> str:
        """Send one of the videos and tell the dispatcher; returns its name there."""
        content = (self._videos / name).read_bytes()
        asked = {"filename": name, "file_size": len(content), "custom_name": FILE}
        answer = self.call("POST", "/api/upload/video", asked)
        key = answer["upload"]["fields"]["key"]
        self._s3.put_object(Bucket=os.environ["BUCKET_NAME"], Key=key, Body=content)
        self.message("on_objects", {"Records": [{"s3": {"object": {"key": key}}}]})
        filename: str = answer["file_info"]["filename"]
        return filename

    def extract(self, name: str) -> TaskRecord:
        """A task that takes the sound out of a video, dispatched."""
        body = {"video_file": self.upload(name), "user_id": USER_ID}
        return self.dispatched(self.call("POST", "/api/tasks/audio/extract", body)["task_id"])

    def without_its_file(self, task: TaskRecord) -> TaskRecord:
        """Somebody deleted the upload meanwhile."""
        bucket = os.environ["BUCKET_NAME"]
        for entry in self._s3.list_objects_v2(Bucket=bucket, Prefix="uploads/")["Contents"]:
            self._s3.delete_object(Bucket=bucket, Key=entry["Key"])
        return task

    def speak(self) -> TaskRecord:
        body = {"text": TEXT, "callback_url": CALLBACK}
        return self.dispatched(self.call("POST", "/api/tasks/voice/generate", body)["task_id"])

    def dispatched(self, task_id: str) -> TaskRecord:
        self.message("on_tasks", {"kind": "task_changed", "task_id": task_id})
        task = self.tasks.get(task_id)
        assert task is not None
        return task

    def message(self, handler: str, body: dict[str, Any]) -> None:
        record = {"messageId": "1", "body": json.dumps(body), "eventSource": "aws:sqs"}
        answer = getattr(self.dispatch, handler)({"Records": [record]}, Context())
        assert answer == {"batchItemFailures": []}, answer

    def lose(self, task: TaskRecord) -> TaskRecord:
        """The job's host is gone."""
        parameters = {"task_id": task.task_id, "attempt": str(task.attempt)}
        detail = {"status": "FAILED", "parameters": parameters, "statusReason": "Host EC2"}
        self.message("on_batch_event", {"detail": detail})
        return self.dispatched(task.task_id)

    @property
    def tasks(self) -> TaskStore:
        return TaskStore(Table(os.environ["TABLE_NAME"]), metrics=Metrics(NAMESPACE))


def run_job(task: TaskRecord) -> None:
    from gpu_jobs.__main__ import main

    main(["run", "--task-id", task.task_id, "--attempt", str(task.attempt)])


def flow(service: Service) -> None:
    run_job(service.extract("speaking.mp4"))
    run_job(service.extract("silent.mp4"))
    run_job(service.without_its_file(service.extract("speaking.mp4")))
    restarted = service.extract("speaking.mp4")
    service.tasks.start(restarted.task_id, restarted.attempt, 1, 60)
    os.environ["AWS_BATCH_JOB_ATTEMPT"] = "2"
    run_job(restarted)

    spoken = service.speak()
    service.call("POST", f"/api/tasks/{spoken.task_id}/cancel", {})
    service.message("on_deliveries", {"kind": "task_changed", "task_id": spoken.task_id})
    lost = service.speak()
    for _ in range(3):
        lost = service.lose(lost)
    taken = service.speak()
    service.tasks.claim_waiting(taken.task_id, taken.attempt, 60)
    service.dispatch.on_sweep({}, Context())

    service.call("POST", "/api/tasks/voice/generate", {"text": FORBIDDEN_TEXT})
    service.upload("broken.mp4")
    crash(service)
    load_an_engine()


def crash(service: Service) -> None:
    """A bug in the API, with a user's text in the request."""
    from functions.api.app import app
    from functions.api.http import dependencies

    def broken() -> Any:
        raise RuntimeError("a bug")

    app.dependency_overrides[dependencies.stores] = broken
    answer = service.call("POST", "/api/tasks/voice/generate", {"text": TEXT})
    assert answer["status"] == 500


def load_an_engine() -> None:
    from gpu_jobs.telemetry import metrics

    with metrics.loading("kokoro"):
        pass


def nvml() -> types.ModuleType:
    """NVIDIA's library as it answers on a machine with one GPU."""
    module = types.ModuleType("pynvml")
    answers = {
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetUtilizationRates": lambda _: types.SimpleNamespace(gpu=40, memory=10),
        "nvmlDeviceGetMemoryInfo": lambda _: types.SimpleNamespace(used=3_000_000_000),
        "NVMLError": type("NVMLError", (Exception,), {}),
    }
    module.__dict__.update(answers)
    return module


@contextmanager
def account() -> Iterator[str]:
    """The resources, the variables that name them, and an API key of the owner's."""
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName="table", BillingMode="PAY_PER_REQUEST", **table_properties()
        )
        boto3.client("s3").create_bucket(Bucket="bucket")
        queue = boto3.client("sqs").create_queue(QueueName="queue")["QueueUrl"]
        os.environ |= {
            "TABLE_NAME": "table",
            "BUCKET_NAME": "bucket",
            "TASK_QUEUE_URL": queue,
            "WEBHOOK_QUEUE_URL": queue,
            "METRICS_NAMESPACE": NAMESPACE,
            "AUTH_MODE": "token",
            "AUTH_SECRETS": json.dumps(SECRETS),
            "MODERATION_WORDS": "禁词",
            "WEBHOOK_ALLOW_LOOPBACK": "true",
            "NVIDIA_VISIBLE_DEVICES": "GPU-1",
            "LOG_LEVEL": "DEBUG",
        }
        table = Table("table")
        WebhookStore(table).rotate(OWNER)
        yield ApiKeyStore(table).create(OWNER, USER_SCOPES, valid_seconds=None)[1]


if __name__ == "__main__":
    sys.modules["pynvml"] = nvml()
    with account() as api_key:
        flow(Service(api_key, Path(sys.argv[1])))
