import pytest

from dh_core.errors import TransitionRefused
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.tasks.states import Phase
from functions.dispatch.batch.events import JobEnd, handle_job_end, handle_lost_attempt
from functions.dispatch.batch.submit import handle_task_changed
from functions.dispatch.sweep import sweep
from tests.unit.functions.dispatch.dispatcher import Dispatcher

EXTRACTION = ExtractAudioSpec(video_file="a.mp4")
"""Of the lane whose workers are not kept."""
OVERDUE = -10
"""A lease that ran out ten seconds ago."""


def test_a_queued_task_whose_message_was_lost_is_announced_again_once(
    dispatcher: Dispatcher,
) -> None:
    task = dispatcher.create(lease_seconds=OVERDUE)
    assert sweep(dispatcher.deps) == 1
    assert sweep(dispatcher.deps) == 0
    assert dispatcher.announced() == [task.task_id]


def test_a_running_task_whose_worker_fell_silent_is_tried_again(dispatcher: Dispatcher) -> None:
    task = dispatcher.create()
    handle_task_changed(dispatcher.deps, task.task_id)
    dispatcher.deps.tasks.start(task.task_id, attempt=1, run=1, lease_seconds=OVERDUE)
    sweep(dispatcher.deps)
    assert dispatcher.task(task.task_id).phase is Phase.QUEUED
    assert dispatcher.announced() == [task.task_id]


def test_a_job_that_still_waits_for_a_machine_is_not_submitted_twice(
    dispatcher: Dispatcher,
) -> None:
    task = dispatcher.create()
    dispatcher.deps.tasks.dispatch(task.task_id, OVERDUE)
    dispatcher.deps.tasks.record_job(task.task_id, 1, "job-1", OVERDUE)
    dispatcher.batch.waiting = True
    sweep(dispatcher.deps)
    assert dispatcher.task(task.task_id).phase is Phase.SUBMITTED
    assert sweep(dispatcher.deps) == 0


def test_an_upload_that_never_comes_fails_the_task_with_advice(dispatcher: Dispatcher) -> None:
    task = dispatcher.create_waiting(dispatcher.announce_file(), lease_seconds=OVERDUE)
    sweep(dispatcher.deps)
    failed = dispatcher.task(task.task_id)
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "input_missing")


def test_an_upload_whose_event_was_lost_wakes_the_task(dispatcher: Dispatcher) -> None:
    file = dispatcher.announce_file()
    task = dispatcher.create_waiting(file, lease_seconds=OVERDUE)
    dispatcher.deps.files.mark_ready(file, size=100, expires_at=2_000_000_000)
    sweep(dispatcher.deps)
    assert dispatcher.task(task.task_id).phase is Phase.QUEUED
    assert dispatcher.announced() == [task.task_id]


def started(dispatcher: Dispatcher, *, run: int = 1) -> str:
    """A task whose worker has fallen silent, and whose job is known."""
    task_id = dispatcher.create(EXTRACTION).task_id
    handle_task_changed(dispatcher.deps, task_id)
    dispatcher.deps.tasks.start(task_id, attempt=1, run=run, lease_seconds=OVERDUE)
    return task_id


def test_a_lost_run_whose_job_batch_brings_back_waits_for_that(dispatcher: Dispatcher) -> None:
    task_id = started(dispatcher)
    dispatcher.batch.waiting = True
    assert sweep(dispatcher.deps) == 1
    task = dispatcher.task(task_id)
    assert (task.phase, task.attempt, task.losses) == (Phase.SUBMITTED, 1, 0)
    handle_task_changed(dispatcher.deps, task_id)
    assert len(dispatcher.batch.submitted) == 1
    assert dispatcher.deps.tasks.start(task_id, attempt=1, run=2, lease_seconds=60).run == 2


def test_the_run_that_was_lost_cannot_begin_again(dispatcher: Dispatcher) -> None:
    task_id = started(dispatcher)
    dispatcher.batch.waiting = True
    sweep(dispatcher.deps)
    with pytest.raises(TransitionRefused):
        dispatcher.deps.tasks.start(task_id, attempt=1, run=1, lease_seconds=60)


def test_a_job_that_batch_brought_back_and_gave_up_is_tried_again(dispatcher: Dispatcher) -> None:
    task_id = started(dispatcher)
    dispatcher.batch.waiting = True
    sweep(dispatcher.deps)
    handle_job_end(dispatcher.deps, JobEnd(task_id, 1, "Host EC2 (instance i-1) terminated."))
    task = dispatcher.task(task_id)
    assert (task.phase, task.losses) == (Phase.QUEUED, 1)


def test_the_job_of_a_lost_attempt_is_ended_before_another_is_submitted(
    dispatcher: Dispatcher,
) -> None:
    task_id = started(dispatcher)
    sweep(dispatcher.deps)
    handle_task_changed(dispatcher.deps, task_id)
    assert dispatcher.batch.terminated == ["job-1"]
    task = dispatcher.task(task_id)
    assert (task.phase, task.attempt, task.job_id) == (Phase.SUBMITTED, 2, "job-2")


def test_the_job_of_a_task_that_was_given_up_is_ended(dispatcher: Dispatcher) -> None:
    task_id = started(dispatcher)
    for attempt in (2, 3):
        sweep(dispatcher.deps)
        handle_task_changed(dispatcher.deps, task_id)
        dispatcher.deps.tasks.start(task_id, attempt=attempt, run=1, lease_seconds=OVERDUE)
    sweep(dispatcher.deps)
    assert dispatcher.task(task_id).error_code == "attempts_exhausted"
    handle_task_changed(dispatcher.deps, task_id)
    assert dispatcher.batch.terminated == ["job-1", "job-2", "job-3"]


def test_the_job_that_said_why_its_task_failed_ends_by_itself(dispatcher: Dispatcher) -> None:
    task_id = started(dispatcher)
    dispatcher.deps.tasks.fail(task_id, code="no_face_found", message="m", attempt=1)
    handle_task_changed(dispatcher.deps, task_id)
    assert dispatcher.batch.terminated == []


def test_a_task_that_is_cancelled_between_two_attempts_has_its_old_job_ended(
    dispatcher: Dispatcher,
) -> None:
    task_id = started(dispatcher)
    sweep(dispatcher.deps)
    dispatcher.deps.tasks.cancel(task_id)
    handle_task_changed(dispatcher.deps, task_id)
    assert dispatcher.batch.terminated == ["job-1"]


def test_a_run_that_batch_restarted_just_now_is_not_taken_for_the_one_that_was_lost(
    dispatcher: Dispatcher,
) -> None:
    task_id = started(dispatcher)
    lost = dispatcher.task(task_id)
    dispatcher.deps.tasks.start(task_id, attempt=1, run=2, lease_seconds=60)
    handle_lost_attempt(dispatcher.deps, lost)
    assert dispatcher.task(task_id).phase is Phase.RUNNING
