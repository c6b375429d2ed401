"""DynamoDB's bill, as its guide words it."""

from decimal import Decimal

import pytest

from tests.load.units import index_units, item_bytes, read_units, write_units

LISTED = {"PK": "a", "SK": "b", "GSI2PK": "p", "GSI2SK": "1"}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("好", 3),
        (True, 1),
        (None, 1),
        (7, 2),
        (1234, 3),
        (Decimal("12.5"), 3),
        (["a", "b"], 3 + 2 + 2),
        ({"k": "v"}, 3 + 1 + 2),
        ({"ab", "c"}, 3),
    ],
)
def test_the_size_of_a_value(value, size):
    assert item_bytes({"n": value}) == 1 + size


def test_a_write_costs_a_unit_for_each_kilobyte_begun_of_the_larger_item():
    small, large = {"PK": "x"}, {"PK": "x" * 1100}
    assert write_units(None, small) == write_units(small, None) == 1
    assert write_units(large, small) == write_units(small, large) == 2
    assert write_units(None, None) == 1


def test_an_index_is_billed_for_what_changes_in_it():
    moved = LISTED | {"GSI2SK": "2"}
    assert index_units("GSI2", LISTED, LISTED) == 0
    assert index_units("GSI2", None, LISTED) == index_units("GSI2", LISTED, None) == 1
    assert index_units("GSI2", LISTED, LISTED | {"value": "x"}) == 1
    assert index_units("GSI2", LISTED, moved) == 2
    assert index_units("GSI1", None, LISTED) == 0


def test_a_read_costs_a_unit_for_each_four_kilobytes_and_half_if_it_may_lag():
    assert read_units(0, consistent=True) == read_units(4096, consistent=True) == 1
    assert read_units(4097, consistent=True) == 2
    assert read_units(100, consistent=False) == 0.5
