"""SQS in memory: messages lie there until a rule delivers, repeats or loses them."""

# ruff: noqa: N803 - boto3's names of arguments

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import EndpointConnectionError


@dataclass(frozen=True, slots=True)
class Message:
    receipt: str
    body: str


class QueuesInMemory:
    """All queues of the system, by URL. While `broken` nothing can be sent."""

    def __init__(self) -> None:
        self.messages: dict[str, list[Message]] = defaultdict(list)
        self.broken = False
        self._receipts = itertools.count(1)

    def send_message(self, *, QueueUrl: str, MessageBody: str, **_: Any) -> None:
        if self.broken:
            raise EndpointConnectionError(endpoint_url=QueueUrl)
        self.messages[QueueUrl].append(Message(str(next(self._receipts)), MessageBody))

    def receive_message(self, *, QueueUrl: str, **_: Any) -> dict[str, Any]:
        first = self.messages[QueueUrl][:1]
        return {"Messages": [{"Body": m.body, "ReceiptHandle": m.receipt} for m in first]}

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:
        waiting = self.messages[QueueUrl]
        waiting[:] = [message for message in waiting if message.receipt != ReceiptHandle]
