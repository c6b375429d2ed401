"""Stages of a film that run side by side: order, bounds, errors and an early end."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator

import pytest

from gpu_jobs.media.video.ahead import ahead


def test_everything_comes_in_its_order() -> None:
    with ahead(iter(range(50)), depth=2) as taken:
        assert list(taken) == list(range(50))


def test_no_more_is_made_ahead_than_there_is_room_for() -> None:
    made: list[int] = []
    with ahead((made.append(n) or n for n in itertools.count()), depth=3) as taken:  # type: ignore[func-returns-value] # its None is what `or` waits for
        assert next(taken) == 0
        threading.Event().wait(0.05)
        # One was taken, three wait, and one more is in the maker's hand.
        assert len(made) <= 5


def test_what_making_raises_is_raised_after_what_was_made_before() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    with ahead(items()) as taken:
        assert next(taken) == 1
        with pytest.raises(ValueError, match="broken"):
            next(taken)


def test_leaving_early_ends_every_stage() -> None:
    before = threading.active_count()

    def leave() -> None:
        with ahead(itertools.count()) as numbers, ahead(n * n for n in numbers) as squares:
            assert next(squares) == 0
            raise KeyError

    with pytest.raises(KeyError):
        leave()
    assert threading.active_count() == before
