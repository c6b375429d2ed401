"""Following a task to its end: by server-sent events, by long polls, or by looking again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from dh_client.core.session import Session
from dh_client.core.tasks import OnStatus, TaskStatus
from dh_client.core.wire import Flow, Listen, Pause, Send
from dh_client.errors import ApiError, WaitStopped, WaitTimeout

_LOOK_SECONDS: Final = 0.5
"""How soon a wait notices that it should stop."""
_HELD_SECONDS: Final = 20
_HELD_FOR_STOP_SECONDS: Final = 2
"""A question that is held open hides for so long that the wait should stop."""
_WAITING_PATIENCE: Final = 3
"""A line that is lost while a task runs may come back: wait this many times longer for it."""
_SILENCE_SECONDS: Final = 30
"""A stream is silent for so long at most, and so late may it be noticed that the time is over."""


def wait(
    session: Session,
    task_id: str,
    *,
    on_status: OnStatus = lambda _: None,
    timeout: float | None = None,
    stop: Callable[[], bool] | None = None,
    longest_pause: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Flow[TaskStatus]:
    """Follow the task to its end: by its stream of events or long polls where the server waits.

    Raises WaitTimeout, WaitStopped.
    """
    held = _HELD_SECONDS if stop is None else _HELD_FOR_STOP_SECONDS
    deadline = float("inf") if timeout is None else clock() + timeout
    address = session.address(f"/tasks/{task_id}/status")
    etag, state, streams = "", None, stop is None
    while True:
        headers = {"If-None-Match": etag} if etag else {}
        seconds = int(min(state.wait_seconds, held, deadline - clock())) if state and etag else 0
        params = {"wait": str(seconds)} if seconds > 0 else {}
        request, asked_at = Send("GET", address, headers, params=params), clock()
        reply = yield from session.ask(request, patience=_WAITING_PATIENCE)
        if state is None or reply.status != 304:
            state, etag = TaskStatus.of(reply.json()), reply.headers.get("etag", "")
        on_status(state)
        if state.has_ended:
            return state
        if streams and state.wait_seconds and deadline - clock() > _SILENCE_SECONDS:
            events = _Events(on_status, deadline - _SILENCE_SECONDS, clock, _event_id(etag))
            streams = yield from _listen(session, f"{address}/stream", events)
            if events.state is not None:
                state, etag = events.state, f'W/"{events.last_id}"'
            if state.has_ended:
                return state
        # A server on which too many wait already answers at once.
        is_held = reply.status != 304 or clock() - asked_at >= _LOOK_SECONDS
        pause = (state.next_poll_ms or 1000) / 1000
        if etag and state.wait_seconds and is_held:
            pause = 0.0
        until = clock() + (pause if longest_pause is None else min(pause, longest_pause))
        while (left := min(until, deadline) - clock()) > 0 and not (stop and stop()):
            yield Pause(min(left, _LOOK_SECONDS))
        if stop and stop():
            raise WaitStopped(f"Waiting was stopped; the task {task_id} goes on.")
        if clock() >= deadline:
            raise WaitTimeout(
                f"The task {task_id} is still {state.status} after {timeout:g} s; it goes on."
            )


@dataclass(slots=True)
class _Events:
    """What a stream says, line by line (HTML Standard, 9.2: server-sent events)."""

    on_status: OnStatus
    until: float
    clock: Callable[[], float]
    last_id: str
    state: TaskStatus | None = None
    _id: str = ""
    _data: list[str] = field(default_factory=list)

    def take(self, line: str) -> bool:
        """False when no more is wanted: the task has ended, or the time is nearly over."""
        name, _, value = line.partition(":")
        if name == "id":
            self._id = value.strip()
        elif name == "data":
            self._data.append(value.removeprefix(" "))
        elif not line and self._data:
            self.last_id = self._id
            self.state = TaskStatus.of(json.loads("\n".join(self._data)))
            self._data.clear()
            self.on_status(self.state)
            return not self.state.has_ended and self.clock() < self.until
        return self.clock() < self.until


def _listen(session: Session, address: str, events: _Events) -> Flow[bool]:
    """Follow the stream until it ends; False where there is none, or it ends at once."""
    began = events.clock()
    headers = {"Accept": "text/event-stream", "Last-Event-ID": events.last_id}
    try:
        reply = yield from session.ask(Listen(address, headers, events.take))
    except ApiError:
        # It may be switched off, or a proxy in between does not let it through.
        return False
    is_stream = reply.headers.get("content-type", "").startswith("text/event-stream")
    return is_stream and events.clock() - began >= _LOOK_SECONDS


def _event_id(etag: str) -> str:
    """An event's id is the ETag of the same state, without what is around it."""
    return etag.removeprefix("W/").strip('"')
