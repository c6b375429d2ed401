"""A door in front of the store that passes everything on, answers 503, or lets callers hang."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Final, Self

_CHUNK: Final = 1 << 16
_LOOK_SECONDS: Final = 0.1
_BODY: Final = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
_REFUSAL: Final = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class Mode(StrEnum):
    OPEN = "open"
    REFUSE = "503"
    HANG = "hang"


class S3Proxy:
    """Context manager on a loopback port; `upstream` answers with the store's port of the moment.

    What is under way when the mode changes is cut off; what hangs is cut off when it passes again.
    """

    def __init__(self, upstream: Callable[[], int]) -> None:
        self._upstream = upstream
        self.mode = Mode.OPEN
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    proxy._serve(self.request)

        socketserver.ThreadingTCPServer.request_queue_size = 128
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.waiting = 0
        """Callers that hang just now."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.mode = Mode.REFUSE
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def failing(self, mode: Mode) -> Iterator[None]:
        """Behave so in this block."""
        self.mode = mode
        try:
            yield
        finally:
            self.mode = Mode.OPEN

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(_LOOK_SECONDS)
        if self.mode is Mode.REFUSE:
            _read_head(client)
            client.sendall(_REFUSAL)
        elif self.mode is Mode.HANG:
            self._hang()
        else:
            with socket.create_connection(("127.0.0.1", self._upstream()), 5) as store:
                store.settimeout(_LOOK_SECONDS)
                back = threading.Thread(target=self._pump, args=(store, client), daemon=True)
                back.start()
                self._pump(client, store)
                back.join()

    def _hang(self) -> None:
        self.waiting += 1
        while self.mode is Mode.HANG:
            threading.Event().wait(_LOOK_SECONDS)
        self.waiting -= 1

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while self.mode is Mode.OPEN:
                with suppress(TimeoutError):
                    data = source.recv(_CHUNK)
                    if not data:
                        return
                    _send_all(target, data)
            if self.mode is Mode.HANG:
                self._hang()
        except OSError:
            return
        finally:
            # Either end gone means that both go: HTTP needs no half-open connection.
            for one in (source, target):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


def _send_all(target: socket.socket, data: bytes) -> None:
    view = memoryview(data)
    while view:
        with suppress(TimeoutError):
            view = view[target.send(view) :]


def _read_head(client: socket.socket) -> None:
    """At least the head, so that the answer is not lost in a reset."""
    with suppress(OSError):
        while b"\r\n\r\n" not in client.recv(_CHUNK):
            continue
