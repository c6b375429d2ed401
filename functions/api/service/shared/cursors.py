"""The cursors of lists: `dh_core.access.cursors` with the key that all processes share."""

from __future__ import annotations

import hmac

from dh_core.access.cursors import Listing, Position, decode_cursor, encode_cursor
from dh_core.store import SharedKeys


class Cursors:
    """`secret`, if the operator set one, or else a key that the table keeps."""

    def __init__(self, keys: SharedKeys, secret: str | None) -> None:
        self._keys = keys
        # Derived, so that the same secret may sign other things.
        self._key = hmac.digest(secret.encode(), b"cursors", "sha256") if secret else None

    def encode(self, listing: Listing, position: Position | None) -> str | None:
        """A cursor for a client; None at the end of the list."""
        return encode_cursor(self._any_key(), listing, position) if position else None

    def decode(self, listing: Listing, cursor: str | None) -> Position | None:
        """Where to go on. Raises InvalidRequest (`cursor_invalid`)."""
        return decode_cursor(self._any_key(), listing, cursor) if cursor else None

    def _any_key(self) -> bytes:
        return self._key or self._keys.get("cursors")
