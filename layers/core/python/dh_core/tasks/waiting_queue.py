"""A lane's queue that tells its warm workers which tasks wait.

The dispatcher sends a message with every job that it submits; a worker that would carry the task
claims it in the table, which knows whether it still waits. A message that is lost, late or double
therefore costs nothing: the task has its own job.
"""

from __future__ import annotations

import math
from typing import Final

from dh_core.cloud.messages import TaskWaiting, parse
from dh_core.cloud.task_queue import Queue

_LONGEST_POLL_SECONDS: Final = 20
"""Of ReceiveMessage (Amazon SQS API Reference, WaitTimeSeconds)."""


class WaitingQueue(Queue):
    """Of one lane."""

    def offer(self, waiting: TaskWaiting) -> None:
        """Say that a task waits. Raises EnqueueFailed."""
        self.send(waiting)

    def take(self, wait_seconds: float) -> TaskWaiting | None:
        """The next message, waited for up to 20 s; nobody else will get it.

        It leaves the queue before anything is done about it: whoever dies then loses a message.
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


def _read(body: str) -> TaskWaiting | None:
    """None for a foreign message, which is worth as much as a stale one."""
    try:
        message = parse(body)
    except ValueError:
        return None
    return message if isinstance(message, TaskWaiting) else None
