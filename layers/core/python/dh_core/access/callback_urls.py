"""What a client may have us call, a webhook or a file: the URL's form, and where it may lead. Pure.

The URL is checked when a client names it (`parse`). A name's addresses are checked when the call
is made (`is_allowed`), because whoever owns the name may change them at any time.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from dh_core.errors import InvalidRequest

MAX_CHARACTERS: Final = 2048
PORTS: Final = frozenset({443, 8443})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 3986: what a URL may hold. The host may be international and is checked by itself.
_FORM = re.compile(r"(https?)://([^/?#\\@\s\x00-\x1f]+)([/?][A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]*)?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# WHATWG URL, "ends in a number": such hosts are IPv4 addresses to many resolvers (127.1, 0x7f.1).
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# RFC 6761, 6762, 8375 and what companies and clouds use inside.
_INNER_NAMES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa")

# Everything below carries an IPv4 address that a gateway would unpack, or is a service of a cloud
# at a public address; `is_global` says nothing about them, or differs between Python's versions.
_REFUSED_NETWORKS = tuple(
    map(
        ipaddress.ip_network,
        (
            "::/96",  # IPv4-compatible, RFC 4291
            "::ffff:0:0/96",  # IPv4-mapped, RFC 4291
            "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
            "64:ff9b::/96",  # NAT64, RFC 6052
            "64:ff9b:1::/48",  # local NAT64, RFC 8215
            "2001::/32",  # Teredo, RFC 4380
            "2002::/16",  # 6to4, RFC 3056
            "fec0::/10",  # site-local, RFC 3879
            "100.64.0.0/10",  # carrier-grade NAT, RFC 6598; Alibaba Cloud's metadata
            "168.63.129.16/32",  # Azure's host
            "192.0.0.0/24",  # IETF protocol assignments, RFC 6890; Oracle Cloud's metadata
            "192.88.99.0/24",  # 6to4 relays, RFC 7526
        ),
    )
)


@dataclass(frozen=True, slots=True)
class CallbackUrl:
    """A URL in parts. `host` is ASCII, or an IP address without brackets."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query, as in a request line."""

    @property
    def authority(self) -> str:
        """The Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


class UrlRefused(ValueError):
    """The text is no URL that is called; says what to write instead."""


def parse(text: str, *, allow_loopback: bool = False) -> CallbackUrl:
    """Read and check a callback. Raises InvalidRequest (`callback_url_refused`)."""
    try:
        return read(text, allow_loopback=allow_loopback)
    except UrlRefused as refused:
        raise InvalidRequest(
            f"This callback_url is not called: {refused}.", code="callback_url_refused"
        ) from refused


def read(text: str, *, allow_loopback: bool = False, most: int = MAX_CHARACTERS) -> CallbackUrl:
    """Read and check a URL of `most` characters. Raises UrlRefused.

    `allow_loopback` is for development: http, any port, and this machine become possible.
    """
    form = _FORM.fullmatch(text) if len(text) <= most else None
    if form is None:
        raise UrlRefused("write it as https://example.com/path, without user name or spaces")
    scheme, _, rest = form.groups()
    try:
        parts = urlsplit(text)
        port = parts.port or {"https": 443, "http": 80}[scheme]
        host = _ascii_host(parts.hostname or "")
    except ValueError as error:
        raise UrlRefused(
            "its host or port is not valid; write it as https://example.com/path"
        ) from error
    loopback = allow_loopback and _is_loopback(host)
    if not loopback:
        if scheme != "https":
            raise UrlRefused("write it with https://; nothing else is called")
        if port not in PORTS:
            raise UrlRefused("leave the port out, or write 443 or 8443")
        if not _may_be_public(host):
            raise UrlRefused("name a host that is reachable from outside, such as example.com")
    target = rest or "/"
    return CallbackUrl(scheme, host, port, target if target[0] == "/" else f"/{target}")


def is_allowed(address: Address, *, allow_loopback: bool = False) -> bool:
    """Whether a resolved address may be connected to: public unicast, nothing else."""
    if address.is_loopback:
        return allow_loopback
    if any(address in network for network in _REFUSED_NETWORKS):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _ascii_host(host: str) -> str:
    """Lower-case ASCII; also turns full-width digits and dots into plain ones. ValueError."""
    if ":" in host:
        return str(ipaddress.IPv6Address(host))
    return host.encode("idna").decode("ascii").lower().removesuffix(".")


def _is_loopback(host: str) -> bool:
    address = _literal(host)
    return host == "localhost" if address is None else address.is_loopback


def _may_be_public(host: str) -> bool:
    address = _literal(host)
    if address is not None:
        return is_allowed(address)
    labels = host.split(".")
    if len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
        return False
    return not any(host == name or host.endswith(f".{name}") for name in _INNER_NAMES)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
