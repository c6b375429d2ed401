import threading

import pytest

from dh_core.errors import TaskCancelled, TransientError
from gpu_jobs.jobs import cancellation as stopping
from gpu_jobs.jobs.cancellation import CancellationToken, Shutdown, StopReason


def test_a_switch_that_nobody_pressed_lets_the_job_go_on() -> None:
    switch = CancellationToken(on_stop=pytest.fail, on_grace_over=pytest.fail)
    switch.check()
    assert switch.error() is None


def test_stopping_frees_the_job_once_and_the_first_reason_counts() -> None:
    freed: list[str] = []
    switch = CancellationToken(on_stop=lambda: freed.append("freed"), on_grace_over=pytest.fail)
    switch.stop(StopReason.CANCELLED)
    switch.stop(StopReason.INTERRUPTED)
    switch.aborted()
    assert freed == ["freed"]
    with pytest.raises(TaskCancelled):
        switch.check()


def test_an_interruption_is_an_attempt_that_may_be_tried_again() -> None:
    switch = CancellationToken(on_stop=lambda: None, on_grace_over=pytest.fail)
    switch.stop(StopReason.INTERRUPTED)
    switch.aborted()
    with pytest.raises(TransientError):
        switch.check()


def test_a_job_that_does_not_unwind_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "UNWIND_SECONDS", 0.05)
    ended = threading.Event()
    switch = CancellationToken(on_stop=lambda: None, on_grace_over=lambda _: ended.set())
    switch.stop(StopReason.INTERRUPTED)
    assert ended.wait(5)


def test_what_stops_one_task_leaves_the_next_one_alone() -> None:
    shutdown = Shutdown(on_stop=lambda: None, on_grace_over=pytest.fail)
    with shutdown.new_switch() as first:
        first.stop(StopReason.CANCELLED)
    with shutdown.new_switch() as second:
        second.check()
    assert not shutdown.requested


def test_the_end_of_the_machine_stops_the_task_in_hand_and_all_that_follow() -> None:
    shutdown = Shutdown(on_stop=lambda: None, on_grace_over=pytest.fail)
    with shutdown.new_switch() as switch:
        shutdown.request()
        assert switch.reason is StopReason.INTERRUPTED
    with shutdown.new_switch() as next_switch, pytest.raises(TransientError):
        next_switch.check()
    assert shutdown.requested


def test_a_task_that_unwound_in_time_is_not_ended_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "UNWIND_SECONDS", 0.05)
    ended = threading.Event()
    shutdown = Shutdown(on_stop=lambda: None, on_grace_over=lambda _: ended.set())
    with shutdown.new_switch() as switch:
        switch.stop(StopReason.CANCELLED)
    assert not ended.wait(0.2)


def test_a_cancelled_task_may_be_given_longer_but_not_when_the_machine_goes_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stopping, "UNWIND_SECONDS", 0.05)
    ended: list[StopReason] = []
    over = threading.Event()

    def on_grace_over(reason: StopReason) -> None:
        ended.append(reason)
        over.set()

    switch = CancellationToken(on_stop=lambda: None, on_grace_over=on_grace_over, cancel_seconds=60)
    switch.stop(StopReason.CANCELLED)
    assert not over.wait(0.2)
    switch.stop(StopReason.INTERRUPTED)
    assert over.wait(5)
    assert ended == [StopReason.CANCELLED]


def test_a_stop_that_comes_after_the_end_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "UNWIND_SECONDS", 0.02)
    ended = threading.Event()
    switch = CancellationToken(on_stop=pytest.fail, on_grace_over=lambda _: ended.set())
    switch.aborted()
    switch.stop(StopReason.INTERRUPTED)
    assert not ended.wait(0.1)
    switch.check()
