import pytest

from dh_core.clock import system_clock
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.store import TaskRecord
from dh_core.tasks.states import Phase
from functions.dispatch.batch.submit import handle_task_changed
from functions.dispatch.deps import Dependencies
from functions.dispatch.sweep import sweep
from tests.conftest import ManualClock
from tests.unit.functions.dispatch.dispatcher import Dispatcher


def test_an_announced_task_is_submitted_once_however_often_it_is_announced(
    dispatcher: Dispatcher,
) -> None:
    task = dispatcher.create()
    handle_task_changed(dispatcher.deps, task.task_id)
    handle_task_changed(dispatcher.deps, task.task_id)
    now = dispatcher.task(task.task_id)
    assert (now.phase, now.attempt, now.job_id) == (Phase.SUBMITTED, 1, "job-1")
    assert len(dispatcher.batch.submitted) == 1


def test_the_job_gets_the_task_the_attempt_and_the_lane_of_its_type(
    dispatcher: Dispatcher,
) -> None:
    voice = dispatcher.create()
    extract = dispatcher.create(ExtractAudioSpec(video_file="a.mp4"))
    handle_task_changed(dispatcher.deps, voice.task_id)
    handle_task_changed(dispatcher.deps, extract.task_id)
    speaking, editing = dispatcher.batch.submitted
    assert speaking["parameters"] == {"task_id": voice.task_id, "attempt": "1"}
    assert (speaking["jobQueue"], speaking["jobDefinition"]) == ("speaking-queue", "speaking-job")
    assert (editing["jobQueue"], editing["jobDefinition"]) == ("editing-queue", "editing-job")


def test_when_batch_is_out_of_reach_the_task_stays_queued_for_the_next_delivery(
    dispatcher: Dispatcher,
) -> None:
    task = dispatcher.create()
    dispatcher.batch.broken = True
    with pytest.raises(ConnectionError):
        handle_task_changed(dispatcher.deps, task.task_id)
    assert dispatcher.task(task.task_id).phase is Phase.QUEUED
    assert dispatcher.task(task.task_id).losses == 0
    dispatcher.batch.broken = False
    handle_task_changed(dispatcher.deps, task.task_id)
    assert dispatcher.task(task.task_id).phase is Phase.SUBMITTED


class Killed(BaseException):
    """The function's process ends: no handler runs."""


def test_a_dispatcher_that_dies_before_its_job_is_on_record_costs_a_minute(
    dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: object) -> str:
        raise Killed

    clock = ManualClock(system_clock())
    deps = Dependencies(dispatcher.deps.settings, clock)
    deps.__dict__["batch"] = dispatcher.deps.batch
    task = dispatcher.create()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(deps.batch, "submit", die)
        handle_task_changed(deps, task.task_id)
    handle_task_changed(deps, task.task_id)
    assert dispatcher.task(task.task_id).phase is Phase.SUBMITTED
    clock.advance(61)
    assert sweep(deps) == 1
    handle_task_changed(deps, task.task_id)
    now = dispatcher.task(task.task_id)
    assert (now.phase, now.attempt, now.job_id) == (Phase.SUBMITTED, 2, "job-1")
    clock.advance(61)
    assert sweep(deps) == 0


def test_a_cancelled_tasks_job_is_ended(dispatcher: Dispatcher) -> None:
    task = dispatcher.create()
    handle_task_changed(dispatcher.deps, task.task_id)
    dispatcher.deps.tasks.cancel(task.task_id)
    handle_task_changed(dispatcher.deps, task.task_id)
    assert dispatcher.batch.terminated == ["job-1"]


def test_a_message_about_a_task_that_does_not_exist_does_nothing(dispatcher: Dispatcher) -> None:
    handle_task_changed(dispatcher.deps, "5f2b6c1e-0000-4000-8000-000000000000")
    assert dispatcher.batch.submitted == []


def test_a_job_is_ended_whose_task_was_lost_while_batch_answered(
    dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = dispatcher.deps.batch.submit

    def slowly(task: TaskRecord) -> str:
        job_id = submit(task)
        dispatcher.deps.tasks.requeue(task.task_id, task.attempt, 60)
        return job_id

    task = dispatcher.create()
    with monkeypatch.context() as patch:
        patch.setattr(dispatcher.deps.batch, "submit", slowly)
        handle_task_changed(dispatcher.deps, task.task_id)
    assert dispatcher.batch.terminated == ["job-1"]
    handle_task_changed(dispatcher.deps, task.task_id)
    assert dispatcher.task(task.task_id).job_id == "job-2"
