"""Feeds the messages of one queue to its function, as Lambda's event source mapping does."""

from __future__ import annotations

import logging
import threading
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.lambdas.events import sqs_event
from infra.local.lambdas.functions import Handler, invoke

log = logging.getLogger(__name__)

_LONG_POLL_SECONDS = 1
_PAUSE_AFTER_ERROR_SECONDS = 1.0


class QueuePoller:
    """One thread that receives, invokes and deletes.

    A message is deleted only after the function succeeded with it. Any other becomes visible
    again when the queue's timeout is over, and moves to the dead-letter queue as the queue's own
    redrive policy says.
    """

    def __init__(
        self,
        client: Any,
        *,
        queue_url: str,
        queue_arn: str,
        function: str,
        handler: Handler,
        batch_size: int,
        partial_failures: bool,
    ) -> None:
        self._client = client
        self._queue_url = queue_url
        self._queue_arn = queue_arn
        self._function = function
        self._handler = handler
        self._batch_size = batch_size
        self._partial_failures = partial_failures
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"poll-{function}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def request_stop(self) -> None:
        """Let the current batch end; `join` waits for it."""
        self._stopping.set()

    def join(self) -> None:
        self._thread.join()

    def poll_once(self) -> int:
        """Handle at most one batch. Returns the number of messages received."""
        messages = self._client.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=self._batch_size,
            WaitTimeSeconds=_LONG_POLL_SECONDS,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if messages:
            self._delete(self._succeeded(messages))
        return len(messages)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.poll_once()
            except (BotoCoreError, ClientError) as error:
                if self._stopping.is_set():
                    return
                # The store was away, and its supervisor has said so.
                log.warning("polling for %s failed: %s", self._function, error)
                self._stopping.wait(_PAUSE_AFTER_ERROR_SECONDS)

    def _succeeded(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        try:
            answer = invoke(self._function, self._handler, sqs_event(messages, self._queue_arn))
        except Exception:
            # Lambda's own boundary: whatever a handler raises, the whole batch comes again.
            log.exception("%s failed with %d messages", self._function, len(messages))
            return []
        failed = failed_ids(answer) if self._partial_failures else set()
        unknown = failed - {message["MessageId"] for message in messages}
        if unknown:
            log.error("%s reported unknown messages; the whole batch comes again", self._function)
            return []
        return [message for message in messages if message["MessageId"] not in failed]

    def _delete(self, messages: list[dict[str, Any]]) -> None:
        if messages:
            self._client.delete_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(messages)
                ],
            )


def failed_ids(answer: Any) -> set[str]:
    """Message ids that a ReportBatchItemFailures answer names; none for an empty answer."""
    if not isinstance(answer, dict):
        return set()
    return {str(item["itemIdentifier"]) for item in answer.get("batchItemFailures") or []}
