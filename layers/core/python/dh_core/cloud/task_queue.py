"""Sending to our queues; `messages` says what."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from dh_core.cloud import clients as aws
from dh_core.cloud.messages import Message, TaskChanged
from dh_core.errors import Misconfigured


class EnqueueFailed(Exception):
    """The queue could not be reached or refused; the sweep will enqueue the task later."""


class Queue:
    """One SQS queue. The connection is made on first use."""

    def __init__(self, url: str, client: Any = None) -> None:
        self._url = url
        if client is not None:
            self.client = client

    @cached_property
    def client(self) -> Any:
        return aws.client("sqs")

    def send(self, message: Message, *, delay_seconds: int = 0) -> None:
        """Send a message, to be read after at most 900 s. Raises EnqueueFailed."""
        from botocore.exceptions import (  # noqa: PLC0415 - comes with boto3, see aws.py
            BotoCoreError,
            ClientError,
        )

        try:
            self.client.send_message(
                QueueUrl=self._url,
                MessageBody=message.model_dump_json(),
                DelaySeconds=delay_seconds,
            )
        except (BotoCoreError, ClientError, Misconfigured) as error:
            raise EnqueueFailed(str(error)) from error


class TaskQueue(Queue):
    """The queue of the dispatcher."""

    def enqueue(self, task_id: str, *, delay_seconds: int = 0) -> None:
        """Say that something about a task is to be done. Raises EnqueueFailed."""
        self.send(TaskChanged(task_id=task_id), delay_seconds=delay_seconds)
