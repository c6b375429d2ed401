import threading

import pytest

from dh_core.errors import TaskCancelled, TransientError
from gpu_jobs import stopping
from gpu_jobs.stopping import StopReason, StopSwitch


def test_a_switch_that_nobody_pressed_lets_the_job_go_on() -> None:
    switch = StopSwitch(on_stop=pytest.fail, on_overdue=pytest.fail)
    switch.check()
    assert switch.error() is None


def test_stopping_frees_the_job_once_and_the_first_reason_counts() -> None:
    freed: list[str] = []
    switch = StopSwitch(on_stop=lambda: freed.append("freed"), on_overdue=pytest.fail)
    switch.stop(StopReason.CANCELLED)
    switch.stop(StopReason.INTERRUPTED)
    switch.unwound()
    assert freed == ["freed"]
    with pytest.raises(TaskCancelled):
        switch.check()


def test_an_interruption_is_an_attempt_that_may_be_tried_again() -> None:
    switch = StopSwitch(on_stop=lambda: None, on_overdue=pytest.fail)
    switch.stop(StopReason.INTERRUPTED)
    switch.unwound()
    with pytest.raises(TransientError):
        switch.check()


def test_a_job_that_does_not_unwind_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "UNWIND_SECONDS", 0.05)
    ended = threading.Event()
    switch = StopSwitch(on_stop=lambda: None, on_overdue=lambda _: ended.set())
    switch.stop(StopReason.INTERRUPTED)
    assert ended.wait(5)
