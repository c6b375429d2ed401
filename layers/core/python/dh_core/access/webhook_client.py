"""The only place that calls an address which a client chose.

The name is resolved once; every address it has must be public; the connection is made to the
address that was checked, with the name only in SNI, certificate check and Host header. So a name
that changes its address in between (DNS rebinding) changes nothing. A webhook is not redirected,
and of its answer only the status line and headers are read; `address_client` fetches files.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from dh_core.access.callback_urls import Address, CallbackUrl, is_allowed

TOTAL_SECONDS: Final = 10.0
"""From connecting to the answer's headers, however slowly the receiver sends them."""
USER_AGENT: Final = "digital-human-webhook/1"
CONNECT_SECONDS: Final = 3.0
RESOLVE_SECONDS: Final = 5.0

Resolver = Callable[..., list[Any]]
"""As `socket.getaddrinfo`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The receiver's HTTP status, or a stable word for why there is none."""

    http_status: int | None = None
    error: str | None = None


def usual(url: CallbackUrl) -> dict[str, str]:
    """The headers of every request."""
    return {"Host": url.authority, "Accept-Encoding": "identity", "Connection": "close"}


class AddressRefused(Exception):
    """The name leads to an address that may not be called."""


@dataclass(frozen=True, slots=True)
class WebhookClient:
    """`resolve` and `tls` are the edges of this process; tests replace them."""

    allow_loopback: bool = False
    resolve: Resolver = socket.getaddrinfo
    tls: ssl.SSLContext | None = None
    total_seconds: float = TOTAL_SECONDS
    resolve_seconds: float = RESOLVE_SECONDS
    idle_seconds: float | None = None
    """Longest silence, where it is shorter than the whole may take."""

    def post(self, url: CallbackUrl, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one POST. Never raises for what the network or the receiver does."""
        try:
            address = self.checked_address(url)
            return Answer(http_status=self._exchange(url, address, headers, body))
        except AddressRefused:
            return Answer(error="address_refused")
        except socket.gaierror:
            return Answer(error="name_not_resolved")
        except ssl.SSLError:
            return Answer(error="tls_failed")
        except TimeoutError:
            return Answer(error="timeout")
        except (OSError, http.client.HTTPException):
            return Answer(error="no_answer")

    def checked_address(self, url: CallbackUrl) -> Address:
        """The address to connect to. One bad address among several refuses the name."""
        found = self._resolved(url)
        # An IPv6 address may carry a zone (fe80::1%eth0).
        addresses = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found]
        if not addresses or not all(
            is_allowed(one, allow_loopback=self.allow_loopback) for one in addresses
        ):
            raise AddressRefused
        return addresses[0]

    def _resolved(self, url: CallbackUrl) -> list[Any]:
        """As `getaddrinfo`, which knows no time limit: a name server may be slow on purpose."""
        answers: list[list[Any] | OSError] = []

        def ask() -> None:
            try:
                answers.append(self.resolve(url.host, url.port, type=socket.SOCK_STREAM))
            except OSError as error:
                answers.append(error)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(self.resolve_seconds)
        if not answers:
            raise TimeoutError
        if isinstance(answers[0], OSError):
            raise answers[0]
        return answers[0]

    def _exchange(
        self, url: CallbackUrl, address: Address, headers: Mapping[str, str], body: bytes
    ) -> int:
        with self.connected(url, address) as connection:
            connection.request("POST", url.target, body=body, headers=usual(url) | {**headers})
            return connection.getresponse().status

    @contextmanager
    def connected(self, url: CallbackUrl, address: Address) -> Iterator[http.client.HTTPConnection]:
        """A connection to a checked address, cut after `total_seconds`: then TimeoutError."""
        raw = socket.create_connection((str(address), url.port), timeout=CONNECT_SECONDS)
        watched = _Deadline(raw, self.total_seconds)
        with watched:
            raw.settimeout(self.idle_seconds or self.total_seconds)
            connection = http.client.HTTPConnection(url.host, url.port)
            connection.sock = self._secured(raw, url) if url.scheme == "https" else raw
            watched.socket = connection.sock
            try:
                yield connection
            except (OSError, http.client.HTTPException) as error:
                if watched.passed:
                    raise TimeoutError from error
                raise
            finally:
                connection.close()
        if watched.passed:
            # To the parser a cut connection looks like the end of the headers.
            raise TimeoutError

    def _secured(self, raw: socket.socket, url: CallbackUrl) -> ssl.SSLSocket:
        context = self.tls or ssl.create_default_context()
        return context.wrap_socket(raw, server_hostname=url.host)


class _Deadline:
    """Cuts a socket after `seconds`: a timeout of its own starts again with every byte."""

    def __init__(self, watched: socket.socket, seconds: float) -> None:
        self.socket = watched
        self.passed = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self.socket.close()

    def _cut(self) -> None:
        self.passed = True
        try:
            # The base class's method: SSLSocket's own would drop the session under the reader.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
        except OSError:
            return  # Closed already: there is nothing left to cut.
