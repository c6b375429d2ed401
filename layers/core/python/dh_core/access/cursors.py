"""Where a list goes on, as an opaque text that only we can make. Pure.

A cursor is the base64url of an HMAC-SHA256 (first 16 bytes) and the position it vouches for. The
MAC also covers the owner, the list and the filter, none of which stand in the cursor: one that
comes back altered, from another owner or for another list does not verify.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

from dh_core.errors import InvalidRequest

Position = tuple[str, ...]
"""What a store needs to find its place again; its own business."""

_MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class Listing:
    """Which list a cursor belongs to."""

    owner: str
    name: str
    filters: Mapping[str, str | None]

    def scope(self) -> bytes:
        return json.dumps([self.owner, self.name, dict(self.filters)], sort_keys=True).encode()


def encode_cursor(key: bytes, listing: Listing, position: Position) -> str:
    payload = json.dumps(position, ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_mac(key, listing, payload) + payload).decode().rstrip("=")


def decode_cursor(key: bytes, listing: Listing, cursor: str) -> Position:
    """The position of a cursor. Raises InvalidRequest for one that `encode_cursor` did not make."""
    try:
        signed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _foreign() from error
    mac, payload = signed[:_MAC_BYTES], signed[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, listing, payload)):
        raise _foreign()
    return tuple(json.loads(payload))


def _mac(key: bytes, listing: Listing, payload: bytes) -> bytes:
    # The scope's length keeps scope and payload apart: no text can move from one to the other.
    scope = listing.scope()
    message = len(scope).to_bytes(4, "big") + scope + payload
    return hmac.digest(key, message, "sha256")[:_MAC_BYTES]


def _foreign() -> InvalidRequest:
    return InvalidRequest(
        "The cursor is not one that this list gave out; start again without it.",
        code="cursor_invalid",
    )
