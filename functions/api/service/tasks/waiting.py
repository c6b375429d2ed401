"""Waiting for a task to change, where the process can wait: a long poll, and a stream of states.

Both look at the table once a second, as a client would that polls. A function pays for every
second in which it waits, so there it is off (`WAIT_SECONDS=0`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

from dh_core.errors import NotFound
from functions.api.schemas.tasks.lifecycle import StatusResponse
from functions.api.service.shared.task_states import etag_of

Read = Callable[[], Awaitable[StatusResponse]]
"""Looks at the task. Raises NotFound."""

PAUSE_SECONDS: Final = 1.0
STREAM_SECONDS: Final = 300.0
"""Then the client connects again and says what it has seen."""
SILENCE_SECONDS: Final = 15.0
"""Proxies close a connection on which nothing comes."""
MOST_WAITING: Final = 200
"""At once in one process; whoever comes beyond is answered without waiting."""

_waiting = 0


async def next_state(
    read: Read,
    *,
    is_known: Callable[[str], bool] | None,
    seconds: float,
    is_gone: Callable[[], Awaitable[bool]],
) -> StatusResponse:
    """The state once its ETag is not known, or as it is after `seconds` or once it has ended.

    Without `is_known` the state of now is the known one. Raises NotFound.
    """
    state = await read()
    known = is_known or etag_of(state).__eq__
    if seconds == 0:
        return state
    until = time.monotonic() + seconds
    with _place() as may_wait:
        while may_wait and known(etag_of(state)) and not state.status.is_terminal:
            left = until - time.monotonic()
            if left <= 0 or await is_gone():
                break
            await asyncio.sleep(min(PAUSE_SECONDS, left))
            state = await read()
    return state


async def states(read: Read, first: StatusResponse, seen: str | None) -> AsyncIterator[str]:
    """Server-sent events: each state that differs from the one before, until the task has ended."""
    yield "retry: 2000\n\n"
    state, said = first, time.monotonic()
    until = said + STREAM_SECONDS
    with _place() as may_wait:
        while True:
            if event_id(state) != seen:
                seen, said = event_id(state), time.monotonic()
                yield f"id: {seen}\nevent: status\ndata: {state.model_dump_json()}\n\n"
            elif time.monotonic() - said > SILENCE_SECONDS:
                said = time.monotonic()
                yield ": still waiting\n\n"
            if state.status.is_terminal or not may_wait or time.monotonic() > until:
                return
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                state = await read()
            except NotFound:
                return  # Deleted meanwhile: asked again, the client is told.


def event_id(state: StatusResponse) -> str:
    """What `Last-Event-ID` repeats: the ETag without its quotes."""
    return etag_of(state).removeprefix("W/").strip('"')


@contextmanager
def _place() -> Iterator[bool]:
    """Whether there is room for one more who waits."""
    global _waiting  # noqa: PLW0603 - of the process, and touched by its event loop alone
    _waiting += 1
    try:
        yield _waiting <= MOST_WAITING
    finally:
        _waiting -= 1
