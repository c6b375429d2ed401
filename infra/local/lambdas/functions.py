"""Calls the Lambda handlers in this process, one at a time, as their execution environment does."""

from __future__ import annotations

import importlib
import logging
import queue
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.local.cloud.process import ACCOUNT, REGION

log = logging.getLogger(__name__)

Handler = Callable[[Any, Any], Any]

_ASYNC_ATTEMPTS = 3
_ASYNC_PAUSE_SECONDS = 1.0

# An execution environment runs one event at a time, and the handlers' log and metric state relies
# on it. Here they share a process, so they share the turn.
_turn = threading.Lock()


@dataclass(frozen=True)
class LambdaContext:
    """The second argument of a handler."""

    function_name: str
    memory_limit_in_mb: int = 512
    function_version: str = "$LATEST"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """The time limit is not enforced here."""
        return 30_000


def load_handler(path: str) -> Handler:
    """The handler that a template names as `package.module.function`."""
    module, _, name = path.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), name)
    return handler


def invoke(name: str, handler: Handler, event: dict[str, Any]) -> Any:
    """Call `handler` and return its answer; what it raises is the caller's to judge."""
    with _turn:
        return handler(event, LambdaContext(function_name=name))


class AsyncInvoker:
    """Delivers events to one function in order, two more times if it fails, as Lambda does."""

    def __init__(
        self, name: str, handler: Handler, *, pause_seconds: float = _ASYNC_PAUSE_SECONDS
    ) -> None:
        self._name = name
        self._handler = handler
        self._pause = pause_seconds
        self._events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"events-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def send(self, event: dict[str, Any]) -> None:
        """Queue `event`; never blocks and never raises the handler's error."""
        self._events.put(event)

    def stop(self) -> None:
        """Deliver what is queued, once each, and return."""
        self._stopping.set()
        self._events.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (event := self._events.get()) is not None:
            self._deliver(event)

    def _deliver(self, event: dict[str, Any]) -> None:
        for attempt in range(1, _ASYNC_ATTEMPTS + 1):
            try:
                invoke(self._name, self._handler, event)
            except Exception:
                # Lambda's own boundary: whatever a handler raises, the event is tried again.
                log.exception("%s failed, attempt %d", self._name, attempt)
                if self._stopping.wait(self._pause * attempt):
                    return
            else:
                return
        log.error("%s: event %s is given up", self._name, event.get("id"))
