"""A small real HTTP server that receives webhooks, and a resolver that lies about names."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`statuses` are answered in turn, the last one for ever; `dribble` sends headers slowly."""

    port: int = 0
    statuses: list[int] = field(default_factory=lambda: [200])
    extra_headers: dict[str, str] = field(default_factory=dict)
    dribble_seconds: float = 0.0
    calls: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.calls.append(Received(self.path, dict(self.headers), body))
            position = min(len(receiver.calls), len(receiver.statuses)) - 1
            if receiver.dribble_seconds:
                self._dribble(receiver.dribble_seconds)
                return
            self.send_response(receiver.statuses[position])
            for name, value in receiver.extra_headers.items():
                self.send_header(name, value)
            self.end_headers()

        def _dribble(self, seconds: float) -> None:
            until = time.monotonic() + seconds
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                while time.monotonic() < until:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.02)
            except OSError:
                return  # The caller has hung up, which is what it should do.

        def log_message(self, *_: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield receiver
        finally:
            server.shutdown()


@dataclass
class FakeResolver:
    """`socket.getaddrinfo` with answers of our own: one list of addresses per call."""

    answers: list[list[str]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked.append(host)
        addresses = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in addresses
        ]
