import threading

import pytest

from dh_core.errors import TaskCancelled, TransientError
from gpu_jobs.jobs import cancellation as stopping
from gpu_jobs.jobs.cancellation import CancellationToken, Shutdown, StopReason


def test_a_token_that_nobody_cancelled_lets_the_job_go_on() -> None:
    token = CancellationToken(on_stop=pytest.fail, on_grace_over=pytest.fail)
    token.check()
    assert token.error() is None


def test_stopping_frees_the_job_once_and_the_first_reason_counts() -> None:
    freed: list[str] = []
    token = CancellationToken(on_stop=lambda: freed.append("freed"), on_grace_over=pytest.fail)
    token.stop(StopReason.CANCELLED)
    token.stop(StopReason.INTERRUPTED)
    token.aborted()
    assert freed == ["freed"]
    with pytest.raises(TaskCancelled):
        token.check()


def test_an_interruption_is_an_attempt_that_may_be_tried_again() -> None:
    token = CancellationToken(on_stop=lambda: None, on_grace_over=pytest.fail)
    token.stop(StopReason.INTERRUPTED)
    token.aborted()
    with pytest.raises(TransientError):
        token.check()


def test_a_job_that_does_not_unwind_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "UNWIND_SECONDS", 0.05)
    ended = threading.Event()
    token = CancellationToken(on_stop=lambda: None, on_grace_over=lambda _: ended.set())
    token.stop(StopReason.INTERRUPTED)
    assert ended.wait(5)


def test_what_stops_one_task_leaves_the_next_one_alone() -> None:
    shutdown = Shutdown(on_stop=lambda: None, on_grace_over=pytest.fail)
    with shutdown.new_token() as first:
        first.stop(StopReason.CANCELLED)
    with shutdown.new_token() as second:
        second.check()
    assert not shutdown.requested


def test_whatever_a_stopped_task_fails_with_it_ends_with_why_it_was_stopped() -> None:
    shutdown = Shutdown(on_stop=lambda: None, on_grace_over=lambda _: None)
    with pytest.raises(TaskCancelled), shutdown.new_token() as token:
        token.stop(StopReason.CANCELLED)
        raise BrokenPipeError("ffmpeg was ended under it")
    with pytest.raises(BrokenPipeError), shutdown.new_token():
        raise BrokenPipeError("nobody stopped this one")


def test_the_end_of_the_machine_stops_the_current_task_and_all_that_follow() -> None:
    shutdown = Shutdown(on_stop=lambda: None, on_grace_over=pytest.fail)
    with shutdown.new_token() as token:
        shutdown.request()
        assert token.reason is StopReason.INTERRUPTED
    with shutdown.new_token() as next_token, pytest.raises(TransientError):
        next_token.check()
    assert shutdown.requested


def test_a_task_that_unwound_in_time_is_not_ended_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "UNWIND_SECONDS", 0.05)
    ended = threading.Event()
    shutdown = Shutdown(on_stop=lambda: None, on_grace_over=lambda _: ended.set())
    with shutdown.new_token() as token:
        token.stop(StopReason.CANCELLED)
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

    token = CancellationToken(on_stop=lambda: None, on_grace_over=on_grace_over, cancel_seconds=60)
    token.stop(StopReason.CANCELLED)
    assert not over.wait(0.2)
    token.stop(StopReason.INTERRUPTED)
    assert over.wait(5)
    assert ended == [StopReason.CANCELLED]


def test_a_stop_that_comes_after_the_end_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "UNWIND_SECONDS", 0.02)
    ended = threading.Event()
    token = CancellationToken(on_stop=pytest.fail, on_grace_over=lambda _: ended.set())
    token.aborted()
    token.stop(StopReason.INTERRUPTED)
    assert not ended.wait(0.1)
    token.check()
