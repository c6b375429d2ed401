"""Somebody who signed in by WeChat, and what judges what they send and make."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient

from dh_core.cloud.messages import MediaJudged, Message, SamplesTaken, TaskChanged
from dh_core.cloud.task_queue import TaskQueue
from dh_core.store import FileRecord
from functions.dispatch.batch.submit import handle_task_changed
from functions.dispatch.deps import Dependencies
from functions.dispatch.files.judgements import handle_judged
from functions.dispatch.files.objects import handle_upload
from functions.dispatch.files.samples import handle_samples
from tests.support.wechat_push import push
from tests.support.wechat_server import WechatServer

MESSAGES = "/api/wechat/messages"


class Heard(TaskQueue):
    """In place of the tasks' queue: what it is told of judgements, and of which tasks."""

    def __init__(self) -> None:
        super().__init__("none")
        self.messages: list[MediaJudged] = []
        self.tasks: list[TaskChanged | SamplesTaken] = []

    def send(self, message: Message, *, delay_seconds: int = 0) -> None:
        if isinstance(message, MediaJudged):
            self.messages.append(message)
        if isinstance(message, TaskChanged | SamplesTaken):
            self.tasks.append(message)


@dataclass
class Desk:
    """Ann, who signed in by WeChat, and what judges her uploads."""

    client: TestClient
    cloud: Any
    wechat: WechatServer
    deps: Dependencies
    heard: Heard
    headers: dict[str, str]

    def upload(self, kind: Any, name: str, data: bytes, headers: Any = None) -> FileRecord:
        """By the presigned request; the bucket's event is handled."""
        asked = {"filename": name, "file_size": len(data), "custom_name": name.partition(".")[0]}
        answer = self.client.post(
            f"/api/upload/{kind}", json=asked, headers=headers or self.headers
        ).json()
        key = answer["upload"]["fields"]["key"]
        self.cloud.media.put_stream(key, io.BytesIO(data), content_type="any/any")
        handle_upload(self.deps, key)
        return self.file(key)

    def file(self, key: str) -> FileRecord:
        _, owner, kind, name = key.split("/")
        found: FileRecord | None = self.deps.files.get(owner, kind, name)
        assert found is not None
        return found

    def trace(self) -> str:
        return list(self.wechat.media)[-1]

    def pushed(self, message: dict[str, Any], **forged: Any) -> Any:
        sent = push(message, self.cloud.clock(), **forged)
        return self.client.post(MESSAGES, params=sent.query, content=json.dumps(sent.body))

    def hand_on(self) -> int:
        """What the queue brings to the dispatcher; how much that was."""
        messages, self.heard.messages = self.heard.messages, []
        for message in messages:
            handle_judged(self.deps, message)
        return len(messages)

    def hear_of_tasks(self) -> None:
        """What the queue brings of tasks that changed."""
        while self.heard.tasks:
            message = self.heard.tasks.pop(0)
            handle = handle_samples if isinstance(message, SamplesTaken) else handle_task_changed
            handle(self.deps, message.task_id)

    def status(self, task_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(
            f"/api/tasks/{task_id}/status", headers=self.headers
        ).json()
        return found
