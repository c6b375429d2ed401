"""The task queue: what the dispatcher is told about tasks, jobs and accounts.

The table decides, not the message, which may come twice, late or never.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from dh_core.cloud import clients as aws
from dh_core.errors import Misconfigured


class AnnounceFailed(Exception):
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

    def send(self, document: Mapping[str, Any], *, delay_seconds: int = 0) -> None:
        """Send a JSON document. Raises AnnounceFailed."""
        from botocore.exceptions import (  # noqa: PLC0415 - comes with boto3, see aws.py
            BotoCoreError,
            ClientError,
        )

        try:
            self.client.send_message(
                QueueUrl=self._url,
                MessageBody=json.dumps(dict(document)),
                DelaySeconds=delay_seconds,
            )
        except (BotoCoreError, ClientError, Misconfigured) as error:
            raise AnnounceFailed(str(error)) from error


class TaskQueue(Queue):
    """What may be announced. Every method raises AnnounceFailed."""

    def enqueue(self, task_id: str, *, delay_seconds: int = 0) -> None:
        """Say that something about a task is to be done, after at most 900 s."""
        self.send({"task_id": task_id}, delay_seconds=delay_seconds)

    def enqueue_deletion(self, owner: str) -> None:
        """Say that an account's deletion is to go on."""
        self.send({"delete_account": owner})

    def announce_superseded(self, task_id: str, job_id: str) -> None:
        """Say that another worker took the task for which a job was submitted."""
        self.send({"task_id": task_id, "superseded_job": job_id})

    def announce_fan_out(self, task_id: str, attempt: int) -> None:
        """Say that segments of this attempt wait, or that none does."""
        self.send({"fan_out": task_id, "attempt": attempt})

    def enqueue_lost(self, task_id: str, attempt: int) -> None:
        """Say that an attempt ended without ending its task, and no job will bring it back."""
        self.send({"task_id": task_id, "lost_attempt": attempt})


def announced_task(body: str) -> str:
    """The task id of a message. Raises ValueError for a foreign message."""
    task_id = _fields(body).get("task_id")
    if not isinstance(task_id, str):
        raise ValueError("the message names no task")
    return task_id


def announced_deletion(body: str) -> str | None:
    """The owner whose account a message says to delete; None for a message about a task."""
    owner = _fields(body).get("delete_account")
    return owner if isinstance(owner, str) else None


def superseded_job(body: str) -> str | None:
    """The job that a message says nobody needs any more."""
    job_id = _fields(body).get("superseded_job")
    return job_id if isinstance(job_id, str) else None


def lost_attempt(body: str) -> int | None:
    """The attempt that a message says was lost, of the task that it names."""
    attempt = _fields(body).get("lost_attempt")
    return attempt if isinstance(attempt, int) else None


def announced_fan_out(body: str) -> tuple[str, int] | None:
    """The task and attempt whose segments a message is about; None for another message."""
    task_id, attempt = _fields(body).get("fan_out"), _fields(body).get("attempt")
    return (task_id, attempt) if isinstance(task_id, str) and isinstance(attempt, int) else None


def _fields(body: str) -> dict[str, Any]:
    document = json.loads(body)
    return document if isinstance(document, dict) else {}
