"""A lane's queue of hints at tasks that wait for a machine, for workers that are warm already.

The dispatcher sends a hint with every job that it submits; a worker that would take the task asks
the table whether it still waits. A hint that is lost, late or double therefore costs nothing: the
task has its own job.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Final

from dh_core.cloud.task_queue import Queue

_LONGEST_POLL_SECONDS: Final = 20
"""Of ReceiveMessage (Amazon SQS API Reference, WaitTimeSeconds)."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A task that waited under this attempt when the hint was sent."""

    task_id: str
    attempt: int


class WaitingQueue(Queue):
    """Of one lane."""

    def hint(self, hint: Hint) -> None:
        """Say that a task waits. Raises AnnounceFailed."""
        self.send({"task_id": hint.task_id, "attempt": hint.attempt})

    def take(self, wait_seconds: float) -> Hint | None:
        """The next hint, waited for up to 20 s; nobody else will get it.

        It leaves the queue before anything is done about it: whoever dies with it loses a hint.
        Raises botocore's errors.
        """
        seconds = min(math.ceil(max(wait_seconds, 0)), _LONGEST_POLL_SECONDS)
        messages = self.client.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=1, WaitTimeSeconds=seconds
        ).get("Messages", [])
        if not messages:
            return None
        (message,) = messages
        self.client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return _read(message["Body"])


def _read(body: str) -> Hint | None:
    """None for a foreign message, which is worth as much as a stale one."""
    try:
        document = json.loads(body)
        return Hint(str(document["task_id"]), int(document["attempt"]))
    except (ValueError, KeyError, TypeError):
        return None
