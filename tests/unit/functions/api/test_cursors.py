"""Lists begin and end without a cursor, and then need no key either."""

from __future__ import annotations

from typing import Any, cast

import pytest

from dh_core.access.cursors import Listing
from dh_core.store import SharedKeys
from functions.api.service.shared.cursors import Cursors

LISTING = Listing("anna", "files", {})


class NoKeys:
    def get(self, name: str) -> Any:
        raise AssertionError(f"{name} was read")


@pytest.fixture
def cursors() -> Cursors:
    return Cursors(cast(SharedKeys, NoKeys()), None)


def test_the_end_of_a_list_has_no_cursor(cursors: Cursors) -> None:
    assert cursors.encode(LISTING, None) is None


@pytest.mark.parametrize("cursor", [None, ""])
def test_a_list_begins_without_a_cursor(cursors: Cursors, cursor: str | None) -> None:
    assert cursors.decode(LISTING, cursor) is None
