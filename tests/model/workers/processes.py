"""Processes that take turns: one runs at a time, and each may be held before any call it makes.

So the model decides how requests, handlers and jobs interleave, and where one dies: a process that
is held can be let go on, killed, or have its next call fail, before or after it took effect.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from botocore.exceptions import EndpointConnectionError

T = TypeVar("T")

_LONGEST_TURN = 120.0
"""Seconds of real time after which a turn that does not end is a fault of the test."""


class Killed(BaseException):
    """The process is no more; nothing may catch this."""


class Fault(StrEnum):
    """What happens to a call on its way."""

    NOT_SENT = "not sent"
    ANSWER_LOST = "answer lost"


class Process:
    """A piece of work with cloud calls in it. It runs in a thread of its own once it is held."""

    def __init__(
        self,
        scheduler: Scheduler,
        name: str,
        body: Callable[[], Any],
        *,
        dies_at: float,
        ended: Callable[[Process], None],
    ) -> None:
        self.scheduler = scheduler
        self.name = name
        self.tell_end = ended
        self.dies_at = dies_at
        """When whoever runs it (Lambda, Batch) ends it, by the model's clock."""
        self.ended = False
        self.killed = False
        self.met_a_fault = False
        self.error: BaseException | None = None
        self.result: Any = None
        self.body = body
        self._budget: int | None = None
        self._fault: Fault | None = None
        self._thread: threading.Thread | None = None
        self._turn = threading.Semaphore(0)
        self._over = threading.Semaphore(0)

    def go(self, calls: int | None = None) -> None:
        """Run until the end, or until so many calls were made and another is wanted."""
        self._budget = calls
        if calls is None and self._thread is None:
            self.scheduler.during(self, self._run)
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run_in_turn, name=self.name, daemon=True)
            self._thread.start()
        self.scheduler.during(self, self._give_turn)

    def kill(self) -> None:
        if not self.ended:
            self.killed = True
            if self._thread is None:
                self.ended = True
            else:
                self.go(0)

    def fail_next_call(self, fault: Fault) -> None:
        self._fault, self.met_a_fault = fault, True

    def call(self, act: Callable[[], T]) -> T:
        """Make a call to the cloud, when it is this process's turn."""
        if self._budget == 0 and not self.killed:
            self._over.release()
            self._turn.acquire()
        if self.killed:
            raise Killed
        if self._budget is not None:
            self._budget -= 1
        fault, self._fault = self._fault, None
        if fault is Fault.NOT_SENT:
            raise EndpointConnectionError(endpoint_url="https://cloud.invalid")
        answer = act()
        if fault is Fault.ANSWER_LOST:
            raise EndpointConnectionError(endpoint_url="https://cloud.invalid")
        return answer

    def _give_turn(self) -> None:
        self._turn.release()
        if not self._over.acquire(timeout=_LONGEST_TURN):
            raise AssertionError(f"{self.name} does not come to an end")

    def _run_in_turn(self) -> None:
        self._turn.acquire()
        self._run()
        self._over.release()

    def _run(self) -> None:
        try:
            self.result = self.body()
        except BaseException as error:
            self.error = error
        self.ended = True


class Scheduler:
    """Whose turn it is."""

    def __init__(self) -> None:
        self.current: Process | None = None
        self.processes: list[Process] = []

    def start(
        self,
        name: str,
        body: Callable[[], Any],
        *,
        dies_at: float,
        calls: int | None,
        ended: Callable[[Process], None],
    ) -> Process:
        """Begin a process; once it is over, `ended` is told of it by the next `reap`."""
        process = Process(self, name, body, dies_at=dies_at, ended=ended)
        self.processes.append(process)
        process.go(calls)
        return process

    def held(self) -> list[Process]:
        return [process for process in self.processes if not process.ended]

    def reap(self) -> None:
        """Tell of those that are over."""
        over = [process for process in self.processes if process.ended]
        self.processes = self.held()
        for process in over:
            process.tell_end(process)

    def during(self, process: Process, act: Callable[[], None]) -> None:
        before, self.current = self.current, process
        try:
            act()
        finally:
            self.current = before

    def call(self, act: Callable[[], T]) -> T:
        return act() if self.current is None else self.current.call(act)


class Stepped:
    """A client whose every call is one step of the process that makes it."""

    def __init__(self, client: Any, scheduler: Scheduler) -> None:
        self._client = client
        self._scheduler = scheduler

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **options: Any) -> Any:
            return self._scheduler.call(lambda: found(*arguments, **options))

        setattr(self, name, call)
        return call
