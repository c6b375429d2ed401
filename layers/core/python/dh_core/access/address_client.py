"""Fetches a file from an address that a client named.

By the same rules as a webhook is sent (`webhook_client`): every hop's URL is read and every address
of its host checked, and the connection goes to the address that was checked.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urljoin

from dh_core.access.callback_urls import CallbackUrl, UrlRefused, read
from dh_core.access.webhook_client import AddressRefused, Resolver, WebhookClient, usual
from dh_core.limits import MAX_ADDRESS_CHARACTERS

TOTAL_SECONDS: Final = 240.0
"""For the whole file; the function that fetches has 300 s."""
IDLE_SECONDS: Final = 20.0
"""Longest silence of a server."""
USER_AGENT: Final = "digital-human-fetch/1"
_HOPS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MISSING: Final = frozenset({404, 410})


class FetchFailed(Exception):
    """The file cannot be had from there; `code` and `message` are for its owner."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Body:
    """What a server sends, at most `most` bytes; `read` raises what ends the fetch."""

    def __init__(self, response: http.client.HTTPResponse, stop_at: float) -> None:
        self._response = response
        self._stop_at = stop_at
        self._begun = b""
        self._read = 0
        self.length = response.length
        """What the server announces, if it does."""

    def peek(self, count: int) -> bytes:
        """The first bytes, which `read` gives again."""
        self._begun = self._next(count)
        return self._begun

    def read(self, count: int) -> bytes:
        """`count` bytes, fewer at the end alone. Raises TimeoutError, OSError, HTTPException."""
        begun, self._begun = self._begun[:count], self._begun[count:]
        return begun if len(begun) == count else begun + self._next(count - len(begun))

    def _next(self, count: int) -> bytes:
        data = self._response.read(count)
        self._read += len(data)
        if len(data) < count:
            # A connection that was cut looks like the end, and its deadline cuts it.
            if time.monotonic() >= self._stop_at:
                raise TimeoutError
            if self.length is not None and self._read < self.length:
                raise http.client.IncompleteRead(b"", self.length - self._read)
        return data


@dataclass(frozen=True, slots=True)
class AddressClient:
    """`resolve` and `tls` are the edges of this process; tests replace them."""

    allow_loopback: bool = False
    resolve: Resolver = socket.getaddrinfo
    tls: ssl.SSLContext | None = None
    total_seconds: float = TOTAL_SECONDS
    idle_seconds: float = IDLE_SECONDS

    @contextmanager
    def opened(self, address: str) -> Iterator[Body]:
        """The file at an address, where its redirects end. Raises FetchFailed, in the block too."""
        stop_at = time.monotonic() + self.total_seconds
        try:
            with ExitStack() as connections:
                yield Body(self._response(address, stop_at, connections), stop_at)
        except (AddressRefused, UrlRefused) as error:
            raise FetchFailed("address_refused", _REFUSED) from error
        except socket.gaierror as error:
            raise _unreachable("its host has no address") from error
        except ssl.SSLError as error:
            raise _unreachable("its certificate is not valid") from error
        except TimeoutError as error:
            raise FetchFailed("address_too_slow", _SLOW) from error
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable("the connection broke") from error

    def _response(
        self, address: str, stop_at: float, connections: ExitStack
    ) -> http.client.HTTPResponse:
        for _ in range(_HOPS + 1):
            url = read(address, allow_loopback=self.allow_loopback, most=MAX_ADDRESS_CHARACTERS)
            response = self._asked(url, stop_at, connections)
            if response.status not in _REDIRECTS:
                return _usable(response)
            location = response.headers.get("Location", "")
            # Some servers write other characters than a URL may hold.
            address = urljoin(str(url), quote(location, safe=":/?#[]@!$&'()*+,;=%~"))
            address = address.partition("#")[0]
        raise _unreachable(f"it redirects more than {_HOPS} times")

    def _asked(
        self, url: CallbackUrl, stop_at: float, connections: ExitStack
    ) -> http.client.HTTPResponse:
        left = stop_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        client = WebhookClient(
            self.allow_loopback, self.resolve, self.tls, left, idle_seconds=self.idle_seconds
        )
        connection = connections.enter_context(client.connected(url, client.checked_address(url)))
        headers = usual(url) | {"User-Agent": USER_AGENT, "Accept": "*/*"}
        connection.request("GET", url.target, headers=headers)
        return connection.getresponse()


_REFUSED: Final = "The address leads to a private host, or is not https; use a public https one."
_SLOW: Final = "The address's server is too slow; a file must come within four minutes. Upload it."


def _usable(response: http.client.HTTPResponse) -> http.client.HTTPResponse:
    if response.status == http.client.OK:
        return response
    if response.status in _MISSING:
        raise FetchFailed("address_not_found", "There is no file at the address; check it.")
    raise _unreachable(f"the server answered {response.status}")


def _unreachable(reason: str) -> FetchFailed:
    return FetchFailed(
        "address_unreachable",
        f"The file cannot be fetched: {reason}. Check the address, or upload the file.",
    )
