"""Stages of a film side by side: each in a thread, with few pictures between it and the next."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

T = TypeVar("T")

DEPTH: Final = 4
"""Pictures between two stages: enough that neither waits for the other's odd slow one."""


@contextmanager
def ahead(items: Iterator[T], depth: int = DEPTH) -> Iterator[Iterator[T]]:
    """The items in their order, made in a thread of their own, up to `depth` before they are taken.

    What making them raises is raised where the next one is taken. Leaving the block, early too,
    ends the thread after the item that it is at; nobody else may use `items`.
    """
    stage = _Stage(items, depth)
    # The log says whose task it is.
    run = contextvars.copy_context().run
    thread = threading.Thread(target=run, args=(stage.run,), name="ahead", daemon=True)
    thread.start()
    try:
        yield stage.taken()
    finally:
        stage.stop()
        thread.join()


class _Stage(Generic[T]):
    def __init__(self, items: Iterator[T], depth: int) -> None:
        self._items = items
        # None: there are no more.
        self._made: queue.Queue[tuple[T] | None] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._stopped = False

    def run(self) -> None:
        try:
            for item in self._items:
                self._made.put((item,))
                if self._stopped:
                    break
        except BaseException as error:
            self._error = error
        finally:
            self._made.put(None)

    def taken(self) -> Iterator[T]:
        while (made := self._made.get()) is not None:
            yield made[0]
        self._made.put(None)
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        self._stopped = True
        # It may be waiting for room.
        while self._made.get() is not None:
            pass
