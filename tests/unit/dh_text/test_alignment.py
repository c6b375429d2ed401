"""Equal characters of two strings find each other."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from dh_text.alignment import matching_positions, stretches


@pytest.mark.parametrize(
    ("first", "second", "common"),
    [
        ("2026年5月", "二零二六年五月", "年月"),
        ("abc", "abc", "abc"),
        ("abc", "", ""),
        ("", "", ""),
        ("共12个，约3成", "共十二个，约三成", "共个，约成"),
    ],
)
def test_what_both_have_is_matched(first: str, second: str, common: str) -> None:
    pairs = matching_positions(first, second)
    assert "".join(first[at] for at, _ in pairs) == common
    assert "".join(second[at] for _, at in pairs) == common


def test_positions_rise_in_both_whatever_the_strings() -> None:
    rng = random.Random(1)
    for _ in range(100):
        first, second = ("".join(rng.choices("一二三a", k=rng.randrange(12))) for _ in range(2))
        pairs = matching_positions(first, second)
        assert all(first[a] == second[b] for a, b in pairs)
        for (a, b), (later_a, later_b) in pairwise(pairs):
            assert a < later_a
            assert b < later_b


@pytest.mark.parametrize(
    ("source", "said", "places"),
    [
        ("2026年", ["二零二六", "年"], ["2026", "年"]),
        ("花了350元", ["花了", "三百", "五十", "元"], ["花了", "350", "350", "元"]),
        ("<b>350</b>元", ["三百五十", "元"], ["350", "元"]),
        ("**350** 元", ["三百五十", "元"], ["350", "元"]),
        ("漢字。", ["汉字", "。"], ["漢字"]),
        ("5+8", ["五", "加", "八"], ["5+8", "5+8", "5+8"]),
        ("  好  ", ["好"], ["好"]),
        ("<b> </b>好", ["好"], ["好"]),
    ],
)
def test_a_word_stands_where_it_was_written(
    source: str, said: list[str], places: list[str]
) -> None:
    found = stretches(source, said, [word.isalnum() for word in said])
    assert [source[place.start : place.stop] for place in found] == places


def test_a_long_text_of_spaces_and_tags_takes_no_long_search() -> None:
    source = " <a" * 1_600 + "7"
    (place,) = stretches(source, ["七"], [True])
    assert source[place.start : place.stop].endswith("7")
