"""Doing what flows ask for: one driver blocks, the other does not. Neither decides anything."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx

from dh_client.core.wire import (
    Alone,
    Command,
    Flow,
    Form,
    LineBroke,
    Listen,
    Moved,
    Pause,
    Reply,
    Save,
    Send,
)
from dh_client.errors import InvalidInput

T = TypeVar("T")

TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
# The body as it is: what is saved must have the length that the server tells.
_PLAIN: Final = {"Accept-Encoding": "identity"}


def trusts_environment(server: str) -> bool:
    """Whether the environment's proxy may be used: it would swallow requests to loopback."""
    return urlsplit(server).hostname not in {"127.0.0.1", "localhost", "::1"}


class Driver:
    """Runs flows, blocking."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self._alone = threading.Lock()

    def run(self, flow: Flow[T]) -> T:
        answer: Any = None
        while True:
            try:
                command = flow.throw(answer) if isinstance(answer, LineBroke) else flow.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            try:
                answer = self._do(command)
            except LineBroke as broken:
                answer = broken

    def _do(self, command: Command) -> Any:
        if isinstance(command, Pause):
            return time.sleep(command.seconds)
        if isinstance(command, Alone):
            with self._alone:
                return self.run(command.flow())
        with _told():
            if isinstance(command, Save):
                return self._save(command)
            return self._listen(command) if isinstance(command, Listen) else self._send(command)

    def _send(self, command: Send) -> Reply:
        with _request(self.http, command) as request:
            response = self.http.send(request)
        return Reply(response.status_code, _names(response), response.content)

    def _listen(self, command: Listen) -> Reply:
        with self.http.stream("GET", command.url, headers=command.headers) as response:
            reply = Reply(response.status_code, _names(response))
            if not _is_of_events(response):
                return _with_body(reply, response.read())
            for line in response.iter_lines():
                if not command.on_line(line):
                    break
        return reply

    def _save(self, command: Save) -> Reply:
        with self.http.stream("GET", command.url, headers=_range(command)) as response:
            reply = Reply(response.status_code, _names(response))
            start = command.accept(reply)
            if start is None:
                return reply if reply.is_success else _with_body(reply, response.read())
            with _opened(command.file, start) as file:
                for block in response.iter_bytes():
                    file.write(block)
                    command.on_bytes(file.tell())
        return reply


class AsyncDriver:
    """Runs flows in an event loop. Disks are read and written in it: blocks are small."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self._alone = asyncio.Lock()

    async def run(self, flow: Flow[T]) -> T:
        answer: Any = None
        while True:
            try:
                command = flow.throw(answer) if isinstance(answer, LineBroke) else flow.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            try:
                answer = await self._do(command)
            except LineBroke as broken:
                answer = broken

    async def _do(self, command: Command) -> Any:
        if isinstance(command, Pause):
            return await asyncio.sleep(command.seconds)
        if isinstance(command, Alone):
            async with self._alone:
                return await self.run(command.flow())
        with _told():
            if isinstance(command, Save):
                return await self._save(command)
            if isinstance(command, Listen):
                return await self._listen(command)
            return await self._send(command)

    async def _send(self, command: Send) -> Reply:
        with _request(self.http, command) as request:
            response = await self.http.send(request)
        return Reply(response.status_code, _names(response), response.content)

    async def _listen(self, command: Listen) -> Reply:
        async with self.http.stream("GET", command.url, headers=command.headers) as response:
            reply = Reply(response.status_code, _names(response))
            if not _is_of_events(response):
                return _with_body(reply, await response.aread())
            async for line in response.aiter_lines():
                if not command.on_line(line):
                    break
        return reply

    async def _save(self, command: Save) -> Reply:
        async with self.http.stream("GET", command.url, headers=_range(command)) as response:
            reply = Reply(response.status_code, _names(response))
            start = command.accept(reply)
            if start is None:
                return reply if reply.is_success else _with_body(reply, await response.aread())
            with _opened(command.file, start) as file:
                async for block in response.aiter_bytes():
                    file.write(block)
                    command.on_bytes(file.tell())
        return reply


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong on the line, in the words of flows."""
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise InvalidInput(
            f"The server's address is not one ({error}); write it as http://127.0.0.1:8000."
        ) from error
    except UnicodeEncodeError as error:
        raise InvalidInput("The key holds characters that no key has; copy it again.") from error
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise LineBroke(_reason(error), was_sent=False) from error
    except httpx.TransportError as error:
        raise LineBroke(_reason(error), was_sent=True) from error


def _reason(error: httpx.TransportError) -> str:
    return str(error) or type(error).__name__


@contextmanager
def _request(
    http: httpx.Client | httpx.AsyncClient, command: Send
) -> Generator[httpx.Request, None, None]:
    """The request; a file that it sends is open meanwhile."""
    common: dict[str, Any] = {"headers": command.headers, "params": command.params or None}
    if command.form is None:
        body = {"json": command.json} if command.json is not None else {"content": command.content}
        yield http.build_request(command.method, command.url, **common, **body)
        return
    form: Form = command.form
    with _Watched(form.file, form.on_bytes) as file:
        part = (form.file.name, file, form.content_type)
        yield http.build_request(
            command.method, command.url, **common, data=dict(form.fields), files={"file": part}
        )


class _Watched(io.BufferedReader):
    """A file that tells how far it has been read."""

    def __init__(self, path: Path, on_bytes: Moved) -> None:
        super().__init__(io.FileIO(path, "rb"))
        self._on_bytes = on_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        block = super().read(size)
        self._on_bytes(self.tell())
        return block


def _range(command: Save) -> dict[str, str]:
    more = {"Range": f"bytes={command.offset}-"} if command.offset else {}
    return {**_PLAIN, **more}


def _opened(path: Path, start: int) -> IO[bytes]:
    file = path.open("r+b" if path.exists() else "wb")
    file.seek(start)
    file.truncate()
    return file


def _is_of_events(response: httpx.Response) -> bool:
    return str(response.headers.get("content-type", "")).startswith("text/event-stream")


def _names(response: httpx.Response) -> Mapping[str, str]:
    return dict(response.headers.items())  # httpx gives names in lower case


def _with_body(reply: Reply, body: bytes) -> Reply:
    return Reply(reply.status, reply.headers, body)
