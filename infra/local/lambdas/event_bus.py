"""Puts events into the queues of the rules that they match, as EventBridge does."""

from __future__ import annotations

import json
import logging
import queue
import threading
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.cloud.provision import Stack
from infra.local.cloud.template import event_rules
from infra.local.lambdas.events import matches

log = logging.getLogger(__name__)

_PAUSE_AFTER_ERROR_SECONDS = 1.0


class EventBus:
    """One thread that sends, so that whoever tells of an event never waits for a queue."""

    def __init__(
        self, client: Any, created: Stack, *, pause_seconds: float = _PAUSE_AFTER_ERROR_SECONDS
    ) -> None:
        """`client` is boto3's of SQS."""
        resolver = created.resolver()
        self._client = client
        self._rules = [
            (resolver.resolve(rule.pattern), [resolver.refs[name] for name in rule.queues])
            for rule in event_rules(created.template)
        ]
        self._pause = pause_seconds
        self._events: queue.SimpleQueue[tuple[str, dict[str, Any]] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="event-bus", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def send(self, event: dict[str, Any]) -> None:
        """Hand `event` to each rule that it matches; never blocks."""
        for pattern, queue_urls in self._rules:
            if matches(pattern, event):
                for url in queue_urls:
                    self._events.put((url, event))

    def stop(self) -> None:
        """Send what is left, once each, and return."""
        self._stopping.set()
        self._events.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (entry := self._events.get()) is not None:
            self._deliver(*entry)

    def _deliver(self, url: str, event: dict[str, Any]) -> None:
        """EventBridge tries for a day; this one as long as it runs."""
        while True:
            try:
                self._client.send_message(QueueUrl=url, MessageBody=json.dumps(event))
            except (BotoCoreError, ClientError) as error:
                # The store was away, and its supervisor has said so.
                if self._stopping.is_set():
                    log.error("event %s is lost: %s", event["id"], error)
                    return
                log.warning("event %s will be sent again: %s", event["id"], error)
                self._stopping.wait(self._pause)
            else:
                return
