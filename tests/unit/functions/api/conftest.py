"""The API over an AWS account in memory, called as a client would call it."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dh_core.cloud.media_store import upload_key
from dh_core.limits import FileType
from dh_core.settings import ApiSettings
from dh_core.store import FileRecord, GenerationLog, NewFile, TaskRecord, TemplateRecord
from functions.api.app import app, handler
from functions.api.auth.caller import Caller
from functions.api.http import dependencies
from functions.api.http.dependencies import authenticate
from functions.api.service.shared.context import Stores
from functions.api.service.shared.cursors import Cursors
from functions.api.service.shared.moderation import WordList
from functions.api.service.tasks import batches
from tests.unit.functions.api.documented import assert_documented

OWNER = "public"


@pytest.fixture
def stores(moto_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    # moto copies a table while another thread writes to it.
    monkeypatch.setattr(batches, "AT_ONCE", 1)
    settings = ApiSettings(
        table_name=moto_cloud.table.name,
        bucket_name=moto_cloud.media.bucket,
        task_queue_url=moto_cloud.queue_url,
    )
    built = Stores(
        settings=settings,
        clock=moto_cloud.clock,
        tasks=moto_cloud.tasks,
        files=moto_cloud.files,
        log=GenerationLog(moto_cloud.table, moto_cloud.clock),
        templates=moto_cloud.templates,
        voices=moto_cloud.voices,
        counters=moto_cloud.counters,
        accounts=moto_cloud.accounts,
        past_runs=moto_cloud.past_runs,
        quotas=moto_cloud.quotas,
        usage=moto_cloud.usage,
        cursors=Cursors(moto_cloud.shared_keys, settings.cursor_secret),
        media=moto_cloud.media,
        queue=moto_cloud.queue,
        deletion_queue=moto_cloud.queue,
        fetch_queue=moto_cloud.queue,
        multipart=moto_cloud.multipart,
        webhooks=moto_cloud.webhooks,
        pronunciations=moto_cloud.pronunciations,
        deliveries=moto_cloud.deliveries,
        batches=moto_cloud.batches,
        moderator=WordList(()),
    )
    app.dependency_overrides[dependencies.stores] = lambda: built
    yield built
    app.dependency_overrides.clear()


@pytest.fixture
def client(stores: Any) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        client.event_hooks = {"response": [assert_documented]}
        yield client


@pytest.fixture
def configure(stores: Any) -> Callable[..., None]:
    """Run with other settings than the usual ones."""

    def change(**settings: Any) -> None:
        changed = stores.settings.model_copy(update=settings)
        app.dependency_overrides[dependencies.stores] = lambda: replace(stores, settings=changed)

    return change


@pytest.fixture
def sign_in(stores: Any) -> Callable[[str], None]:
    """The next requests come from this owner."""

    def become(owner: str) -> None:
        app.dependency_overrides[authenticate] = lambda: Caller(owner)

    return become


@dataclass(frozen=True)
class LambdaContext:
    function_name: str = "api"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:api"
    aws_request_id: str = "request-1"


@dataclass(frozen=True)
class LambdaAnswer:
    status: int
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture
def invoke(stores: Any) -> Callable[..., LambdaAnswer]:
    """Call the Lambda handler with an event as API Gateway (payload 2.0) shapes it."""

    def call(
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes = b"",
        content_type: str = "application/json",
    ) -> LambdaAnswer:
        event = {
            "version": "2.0",
            "routeKey": "ANY /{proxy+}",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"host": "api.example.com", "content-type": content_type},
            "requestContext": {
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.1",
                    "userAgent": "test",
                },
                "requestId": "gateway-1",
                "stage": "$default",
            },
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        answer = handler(event, LambdaContext())
        return LambdaAnswer(answer["statusCode"], answer["headers"], answer["body"])

    return call


@pytest.fixture
def announce_file(stores: Any) -> Callable[..., FileRecord]:
    """Record a file whose bytes have not arrived."""

    def enqueue(
        file_type: FileType, filename: str, *, user_id: str | None = None, owner: str = OWNER
    ) -> FileRecord:
        file = stores.files.register(
            NewFile(
                owner=owner,
                file_type=file_type,
                filename=filename,
                file_size=10,
                mime_type="application/x-test",
                key=upload_key(owner, file_type, filename),
                expires_at=2_000_000_000,
                user_id=user_id,
            )
        )
        assert file is not None
        return file

    return enqueue


@pytest.fixture
def ready_file(stores: Any, announce_file: Any) -> Callable[..., FileRecord]:
    """Record a file that has arrived and passed its checks."""

    def ready(file_type: FileType, filename: str, *, user_id: str | None = None) -> FileRecord:
        file = announce_file(file_type, filename, user_id=user_id)
        stores.media.put_stream(file.key, io.BytesIO(bytes(10)), content_type=file.mime_type)
        assert stores.files.mark_ready(file, size=10, expires_at=2_000_000_000)
        return file

    return ready


@pytest.fixture
def complete(stores: Any) -> Callable[..., TaskRecord]:
    """Take a queued task through its life, ending with this result."""

    def run(task_id: str, result: dict[str, Any]) -> TaskRecord:
        attempt = stores.tasks.dispatch(task_id, 60).attempt
        claim = stores.tasks.start(task_id, attempt, 1, 60)
        return stores.tasks.complete(claim, result)

    return run


@pytest.fixture
def template(stores: Any) -> TemplateRecord:
    record = TemplateRecord(
        owner=OWNER,
        template_id="template123",
        title_text="示例标题",
        person_image="person.jpg",
        background_image="bg.jpg",
        parameters={"video_length": 10.0},
        preview_key="generated/t/1/preview.mp4",
    )
    stores.templates.put(record)
    return record
