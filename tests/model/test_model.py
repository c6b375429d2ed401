"""A few short histories; `python -m tests.model` plays thousands of longer ones."""

from __future__ import annotations

from tests.model.play import play


def test_random_histories_keep_every_law_and_come_to_rest() -> None:
    play(examples=30, steps=30, seed=1, shrink=True)
