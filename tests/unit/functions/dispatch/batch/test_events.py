from typing import Any

from dh_core.cloud.media_store import generated_key
from dh_core.tasks.states import Phase
from functions.dispatch.batch.events import handle_job_end, job_end
from functions.dispatch.batch.submit import handle_task_changed
from tests.unit.functions.dispatch.dispatcher import Dispatcher


def state_change(
    task_id: str, attempt: int, status: str = "FAILED", reason: str = "Essential container exited"
) -> dict[str, Any]:
    return {
        "detail-type": "Batch Job State Change",
        "detail": {
            "jobId": "job-1",
            "status": status,
            "statusReason": reason,
            "parameters": {"task_id": task_id, "attempt": str(attempt)},
        },
    }


def deliver(dispatcher: Dispatcher, event: dict[str, Any]) -> None:
    end = job_end(event)
    if end is not None:
        handle_job_end(dispatcher.deps, end)


def test_a_container_that_died_is_tried_again_once_per_attempt(dispatcher: Dispatcher) -> None:
    task = dispatcher.create()
    handle_task_changed(dispatcher.deps, task.task_id)
    event = state_change(task.task_id, attempt=1)
    deliver(dispatcher, event)
    deliver(dispatcher, event)
    now = dispatcher.task(task.task_id)
    assert (now.phase, now.losses) == (Phase.QUEUED, 1)
    assert dispatcher.announced() == [task.task_id]


def test_what_the_job_of_a_deleted_task_uploaded_goes_when_the_job_ends(
    dispatcher: Dispatcher,
) -> None:
    task = dispatcher.create()
    handle_task_changed(dispatcher.deps, task.task_id)
    dispatcher.deps.tasks.delete(dispatcher.deps.tasks.cancel(task.task_id))
    late = generated_key(task.task_id, "1", "video.mp4")
    dispatcher.put_object(late, b"made")
    deliver(dispatcher, state_change(task.task_id, attempt=1))
    for task_id in dispatcher.announced():
        handle_task_changed(dispatcher.deps, task_id)
    assert not dispatcher.has_object(late)


def test_an_event_of_an_older_attempt_cannot_touch_the_newer_one(dispatcher: Dispatcher) -> None:
    task = dispatcher.create()
    handle_task_changed(dispatcher.deps, task.task_id)
    deliver(dispatcher, state_change(task.task_id, attempt=1))
    handle_task_changed(dispatcher.deps, task.task_id)
    deliver(dispatcher, state_change(task.task_id, attempt=1))
    now = dispatcher.task(task.task_id)
    assert (now.phase, now.attempt) == (Phase.SUBMITTED, 2)


def test_after_three_lost_attempts_the_task_fails_and_says_so(dispatcher: Dispatcher) -> None:
    task = dispatcher.create()
    for attempt in (1, 2, 3):
        handle_task_changed(dispatcher.deps, task.task_id)
        deliver(dispatcher, state_change(task.task_id, attempt))
    now = dispatcher.task(task.task_id)
    assert (now.phase, now.error_code) == (Phase.FAILED, "attempts_exhausted")


def test_a_job_that_took_too_long_is_not_tried_again(dispatcher: Dispatcher) -> None:
    task = dispatcher.create()
    handle_task_changed(dispatcher.deps, task.task_id)
    deliver(
        dispatcher,
        state_change(task.task_id, 1, reason="Job attempt duration exceeded timeout"),
    )
    assert dispatcher.task(task.task_id).error_code == "job_timeout"


def test_states_in_between_and_foreign_jobs_mean_nothing(dispatcher: Dispatcher) -> None:
    task = dispatcher.create()
    handle_task_changed(dispatcher.deps, task.task_id)
    deliver(dispatcher, state_change(task.task_id, 1, status="RUNNING"))
    assert job_end({"detail": {"status": "FAILED", "parameters": {}}}) is None
    assert dispatcher.task(task.task_id).phase is Phase.SUBMITTED


def test_a_finished_task_stays_finished_when_its_job_ends(dispatcher: Dispatcher) -> None:
    task = dispatcher.create()
    handle_task_changed(dispatcher.deps, task.task_id)
    claim = dispatcher.deps.tasks.start(task.task_id, attempt=1, run=1, lease_seconds=60)
    dispatcher.deps.tasks.complete(claim, {"files": {}})
    deliver(dispatcher, state_change(task.task_id, 1, status="SUCCEEDED"))
    assert dispatcher.task(task.task_id).phase is Phase.COMPLETED
