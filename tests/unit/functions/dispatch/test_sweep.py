from dh_core.tasks.states import Phase
from functions.dispatch.batch.submit import handle_task_changed
from functions.dispatch.sweep import sweep
from tests.unit.functions.dispatch.dispatcher import Dispatcher

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
