from __future__ import annotations

from datetime import date

import pytest

from dh_core.tasks.quota_windows import DAY, MINUTE, day_of, window_at


@pytest.mark.parametrize(
    ("now", "start", "retry_after"),
    [(120.0, 120, 60), (120.4, 120, 60), (179.2, 120, 1), (179.999, 120, 1), (180.0, 180, 60)],
)
def test_a_minute_begins_on_the_minute_and_says_when_the_next_one_does(
    now: float, start: int, retry_after: int
) -> None:
    window = window_at(now, MINUTE)
    assert (window.start, window.end) == (start, start + 60)
    assert window.retry_after(now) == retry_after
    assert window_at(now + retry_after, MINUTE) != window


def test_a_day_ends_at_midnight_utc() -> None:
    noon = 1_800_014_400.0 - 1_800_014_400 % DAY + DAY / 2
    assert window_at(noon, DAY).retry_after(noon) == DAY // 2
    assert day_of(window_at(noon, DAY).end) > day_of(noon)


def test_a_moment_has_a_day() -> None:
    assert day_of(1_800_000_000) == date(2027, 1, 15)
