from __future__ import annotations

import pytest

from dh_core.tasks.polling import (
    Expectation,
    PastRuns,
    eta_pending,
    eta_running,
    next_poll_ms,
    queue_position,
)

PAST = PastRuns("kokoro", wait=20.0, run=60.0, characters=100.0)
USUAL = PAST.expectation(100)


def test_a_waiting_task_is_told_the_usual_wait_and_run() -> None:
    assert eta_pending(USUAL, waited=0) == 80
    assert eta_pending(USUAL, waited=15) == 65


def test_a_wait_longer_than_usual_promises_the_run_alone() -> None:
    assert eta_pending(USUAL, waited=500) == 60


def test_a_longer_text_takes_longer_within_reason() -> None:
    assert PAST.expected_run(200) == 90
    assert PAST.expected_run(50) == 45
    assert PAST.expected_run(5000) == PAST.expected_run(100_000) == 180
    assert PAST.expected_run(0) == 60


def test_what_is_expected_of_a_task_grows_with_its_text() -> None:
    assert PAST.expectation(200) == Expectation(wait=20, run=90)


def test_a_kind_without_text_takes_what_it_took() -> None:
    assert PastRuns("k", 0, 30, 0).expected_run(0) == 30


def test_the_progress_says_how_much_of_a_usual_run_is_left() -> None:
    early = eta_running(USUAL, elapsed=2, progress=1)
    fast = eta_running(USUAL, elapsed=10, progress=50)
    late = eta_running(USUAL, elapsed=180, progress=90)
    assert (early, fast, late) == pytest.approx((58, 30, 1.5))


@pytest.mark.parametrize("slowness", [0.3, 1.0, 8.0])
def test_what_is_left_never_grows_from_the_line_to_the_end(slowness: float) -> None:
    told: list[float] = []
    for waited in range(0, 90, 3):
        told.append(eta_pending(USUAL, waited=waited))
    for elapsed in range(round(60 * slowness)):
        # It stands still for a third of its time, as where models load or one long call runs.
        share = elapsed / (60 * slowness)
        progress = round(100 * (share if share < 1 / 3 else max(1 / 3, 1.5 * share - 0.5)))
        told.append(eta_running(USUAL, elapsed=elapsed, progress=progress))
    assert told == sorted(told, reverse=True)


def test_loading_is_learnt_from_runs_that_loaded() -> None:
    warm, cold = PastRuns("kokoro", 0, 5, 100), PastRuns("kokoro", 0, 15, 100, setup=10)
    assert warm.after(cold).setup == 10
    assert cold.after(warm).setup == 10
    assert cold.after(PastRuns("kokoro", 0, 15, 100, setup=5)).setup == 9


def test_an_overdue_run_is_not_said_to_be_over() -> None:
    eta = eta_running(USUAL, elapsed=600, progress=10)
    assert eta is not None
    assert eta > 0


def test_means_follow_the_newest_runs() -> None:
    mean = PAST
    for _ in range(20):
        mean = mean.after(PastRuns("kokoro", wait=0, run=10, characters=100))
    assert mean.run == pytest.approx(10, abs=1)
    assert mean.wait == pytest.approx(0, abs=0.5)


def test_another_engine_begins_anew() -> None:
    faster = PastRuns("voxcpm", wait=1, run=5, characters=80)
    assert PAST.after(faster) == faster


@pytest.mark.parametrize(
    ("eta", "expected"), [(None, 2000), (0, 1000), (5, 1000), (40, 4000), (3600, 10_000)]
)
def test_the_next_question_is_worth_its_while(eta: float | None, expected: int) -> None:
    assert next_poll_ms(eta) == expected


@pytest.mark.parametrize(("sequence_number", "gone", "place"), [(1, 0, 1), (7, 4, 3), (3, 9, 1)])
def test_the_place_in_line_is_never_less_than_next(
    sequence_number: int, gone: int, place: int
) -> None:
    assert queue_position(sequence_number, gone) == place
