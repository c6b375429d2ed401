"""The task queue: where a task that is ready to run is announced to the dispatcher.

A message is only a hint; the table decides. It may come twice, late or never.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any


class AnnounceFailed(Exception):
    """The queue could not be reached or refused; the sweep will announce the task later."""


class TaskQueue:
    """Sends to one SQS queue."""

    def __init__(self, url: str, client: Any = None) -> None:
        self._url = url
        if client is not None:
            self.client = client

    @cached_property
    def client(self) -> Any:
        import boto3  # noqa: PLC0415 - costs 0.4 s, paid on first use

        return boto3.client("sqs")

    def announce(self, task_id: str, *, delay_seconds: int = 0) -> None:
        """Say that a task is ready to run, after at most 900 s. Raises AnnounceFailed."""
        self._send({"task_id": task_id}, delay_seconds)

    def announce_deletion(self, owner: str) -> None:
        """Say that an account's deletion is to go on. Raises AnnounceFailed."""
        self._send({"delete_account": owner})

    def announce_fan_out(self, task_id: str, attempt: int) -> None:
        """Say that segments of this attempt wait, or that none does. Raises AnnounceFailed."""
        self._send({"fan_out": task_id, "attempt": attempt})

    def _send(self, document: dict[str, str | int], delay_seconds: int = 0) -> None:
        from botocore.exceptions import (  # noqa: PLC0415 - comes with boto3, as above
            BotoCoreError,
            ClientError,
        )

        try:
            self.client.send_message(
                QueueUrl=self._url, MessageBody=json.dumps(document), DelaySeconds=delay_seconds
            )
        except (BotoCoreError, ClientError) as error:
            raise AnnounceFailed(str(error)) from error


def announced_task(body: str) -> str:
    """The task id of a message. Raises ValueError for a foreign message."""
    document = json.loads(body)
    if not isinstance(document, dict) or not isinstance(document.get("task_id"), str):
        raise ValueError("the message names no task")
    task_id: str = document["task_id"]
    return task_id


def announced_deletion(body: str) -> str | None:
    """The owner whose account a message says to delete; None for a message about a task."""
    document = json.loads(body)
    owner = document.get("delete_account") if isinstance(document, dict) else None
    return owner if isinstance(owner, str) else None


def announced_fan_out(body: str) -> tuple[str, int] | None:
    """The task and attempt whose segments a message is about; None for another message."""
    document = json.loads(body)
    if not isinstance(document, dict):
        return None
    task_id, attempt = document.get("fan_out"), document.get("attempt")
    return (task_id, attempt) if isinstance(task_id, str) and isinstance(attempt, int) else None
