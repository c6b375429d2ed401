from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.policies.watch import refusals


@pytest.fixture(autouse=True)
def within_its_role() -> Iterator[None]:
    """Whatever a function or a job calls in any test, its role in the templates allows."""
    with refusals() as refused:
        yield
    assert not refused
