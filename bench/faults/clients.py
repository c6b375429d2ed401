"""Patient clients: they ask again while nobody answers, and follow each task to its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

from bench.faults.ledger import Entry, Ledger
from bench.faults.orders import Order
from dh_client import ApiError, Client, ConnectionFailed, Retries, TaskStatus

T = TypeVar("T")

PATIENCE_SECONDS: Final = 1800.0
"""A task that has not ended so long after it was accepted counts as lost."""
_AGAIN_SECONDS: Final = 0.3
_POLL_SECONDS: Final = 0.5


class GaveUp(Exception):
    """Nobody answered for too long."""


def patiently(ledger: Ledger, ask: Callable[[], T]) -> T:
    """Ask until there is an answer that is no 5xx or 429. Raises ApiError and GaveUp."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            return ask()
        except ConnectionFailed as error:
            ledger.count(type(error).__name__)
        except ApiError as error:
            if error.status < 500 and error.status != 429:
                raise
            ledger.count(f"{error.status} {error.code}")
        time.sleep(_AGAIN_SECONDS)
    raise GaveUp


@dataclass(frozen=True)
class Clients:
    """`hands` orders are under way at once."""

    url: str
    ledger: Ledger
    hands: int

    def work_off(self, orders: list[Order], stop: threading.Event) -> None:
        """Returns when every order has come to an end, or `stop` was set."""
        queue: SimpleQueue[Order] = SimpleQueue()
        for order in orders:
            queue.put(order)
        threads = [
            threading.Thread(target=self._work, args=(queue, stop), daemon=True)
            for _ in range(self.hands)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, queue: SimpleQueue[Order], stop: threading.Event) -> None:
        with Client(self.url, retries=Retries(attempts=1)) as api:
            while not stop.is_set():
                try:
                    order = queue.get_nowait()
                except Empty:
                    return
                entry = self.ledger.open(order)
                try:
                    self._carry(api, entry)
                except ApiError as error:
                    entry.lost = f"answered {error.status} {error.code}"
                except GaveUp:
                    entry.lost = "nobody answered any more"

    def _carry(self, api: Client, entry: Entry) -> None:
        self._create(api, entry)
        entry.accepted_at = time.monotonic()
        status = self._follow(api, entry)
        if status is None:
            entry.lost = "it did not end"
            return
        entry.ended_at = time.monotonic()
        entry.status, entry.code = status.status, status.error_code
        if status.status == "completed":
            entry.lost = missing_result(api, self.ledger, status)

    def _create(self, api: Client, entry: Entry) -> None:
        order = entry.order
        body = {**order.body, "uuid": order.key} if order.by_uuid else order.body
        key = None if order.by_uuid else order.key

        def send() -> str:
            return created_id(api.post(order.route, body, key=key))

        with ThreadPoolExecutor(order.copies) as senders:
            sent = [senders.submit(patiently, self.ledger, send) for _ in range(order.copies)]
            entry.ids.update(one.result() for one in sent)

    def _follow(self, api: Client, entry: Entry) -> TaskStatus | None:
        task_id = entry.task_id
        assert task_id is not None
        assert entry.accepted_at is not None
        while time.monotonic() < entry.accepted_at + PATIENCE_SECONDS:
            status = patiently(self.ledger, lambda: api.status(task_id))
            if status.has_ended:
                return status
            self._maybe_cancel(api, entry, task_id)
            time.sleep(_POLL_SECONDS)
        return None

    def _maybe_cancel(self, api: Client, entry: Entry, task_id: str) -> None:
        after = entry.order.cancel_after
        assert entry.accepted_at is not None
        if after is None or entry.cancel_asked or time.monotonic() < entry.accepted_at + after:
            return
        entry.cancel_asked = True
        try:
            patiently(self.ledger, lambda: api.cancel(task_id))
        except ApiError as error:
            # It ended between our look and this.
            if error.status != 409:
                raise


def created_id(answer: dict[str, Any]) -> str:
    """The task's id; a voice's is its task's."""
    return str(answer.get("task_id") or answer["voice_id"])


def missing_result(api: Client, ledger: Ledger, status: TaskStatus) -> str | None:
    """What of a completed task's results cannot be had; None when all can."""
    links = {
        name: value
        for name, value in (status.result or {}).items()
        if name.endswith("_url") and isinstance(value, str)
    }
    for name, link in links.items():
        try:
            size = patiently(ledger, partial(_size, api, link))
        except ApiError as error:
            return f"{name} answers {error.status}"
        if size == 0:
            return f"{name} is empty"
    return None


def _size(api: Client, link: str) -> int:
    with TemporaryDirectory() as folder:
        return api.download(link, Path(folder) / "result").stat().st_size
