from __future__ import annotations

import base64

import pytest

from dh_core.access.cursors import Listing, decode_cursor, encode_cursor
from dh_core.errors import InvalidRequest

KEY = bytes(range(32))
FILES = Listing("anna", "files", {"type": "audio", "user_id": None})
POSITION = ("FILE#anna#audio#人.wav", "FILE", "2027-01-15T08:00:00.000Z#人.wav")


def signed() -> str:
    return encode_cursor(KEY, FILES, POSITION)


def test_a_cursor_opens_where_it_was_made() -> None:
    assert decode_cursor(KEY, FILES, signed()) == POSITION


@pytest.mark.parametrize(
    "other",
    [
        Listing("ben", "files", FILES.filters),
        Listing("anna", "voices", FILES.filters),
        Listing("anna", "files", {"type": "video", "user_id": None}),
        Listing("anna", "files", {"type": "audio", "user_id": "None"}),
        Listing("anna", "files", {}),
    ],
)
def test_a_cursor_opens_nothing_else(other: Listing) -> None:
    with pytest.raises(InvalidRequest) as refused:
        decode_cursor(KEY, other, signed())
    assert refused.value.error_code == "cursor_invalid"


def test_another_key_opens_nothing() -> None:
    with pytest.raises(InvalidRequest):
        decode_cursor(bytes(32), FILES, signed())


def test_every_altered_character_is_noticed() -> None:
    cursor = signed()
    body = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for place in range(len(body)):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        with pytest.raises(InvalidRequest):
            decode_cursor(KEY, FILES, base64.urlsafe_b64encode(changed).decode().rstrip("="))


@pytest.mark.parametrize("cursor", ["x", "!!!", "AAAA", "é", "A" * 2000, "built-in.1", "\ud800"])
def test_what_never_was_a_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        decode_cursor(KEY, FILES, cursor)


def test_a_cursor_passes_through_a_query_string_as_it_is() -> None:
    assert set(signed()) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
