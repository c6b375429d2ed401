"""Where the API listens: always on loopback, and on one more address where that is asked for."""

from __future__ import annotations

import errno
import ipaddress
import socket
from contextlib import ExitStack
from typing import Final

from infra.local.data_dir import LOOPBACK

# Nothing is sent there: it is set aside for documents (RFC 5737), and routed like the rest.
_ELSEWHERE: Final = ("192.0.2.1", 9)


class PortInUse(Exception):
    """The requested port or address cannot be taken."""


def listen(port: int, address: str | None = None) -> list[socket.socket]:
    """Sockets on loopback and on `address`, an IP address, all on one port; 0 takes a free one.

    Raises PortInUse.
    """
    with ExitStack() as stack:
        if address is not None and ipaddress.ip_address(address).is_unspecified:
            sockets = [stack.enter_context(_bound(address, port))]
        else:
            sockets = [stack.enter_context(_bound(LOOPBACK, port))]
            if address not in (None, LOOPBACK):
                port = sockets[0].getsockname()[1]
                sockets.append(stack.enter_context(_bound(address, port)))
        stack.pop_all()
    return sockets


def url_of(address: str, port: int) -> str:
    """What a device of the same network opens. For all addresses it names the usual one."""
    shown = ipaddress.ip_address(address)
    if shown.is_unspecified:
        shown = ipaddress.ip_address(usual_address() or LOOPBACK)
    return f"http://[{shown}]:{port}" if shown.version == 6 else f"http://{shown}:{port}"


def usual_address() -> str | None:
    """Of this machine in its network, as the kernel's routes tell; None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return address


def _bound(address: str, port: int) -> socket.socket:
    is_v6 = ipaddress.ip_address(address).version == 6
    family = socket.AF_INET6 if is_v6 else socket.AF_INET
    # asyncio sends without delay (TCP_NODELAY) only where the protocol is named: otherwise each
    # answer's body waits 40 ms for the client's acknowledgement of its head.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A port with connections that a restart left half closed may be taken again.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_v6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise PortInUse(_why(address, port, error)) from error
    return listener


def _why(address: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        known = usual_address() or LOOPBACK
        return f"{address} is no address of this machine; it has {known}."
    where = "" if address == LOOPBACK else f" on {address}"
    return f"Port {port} cannot be used{where}: {error.strerror}."
