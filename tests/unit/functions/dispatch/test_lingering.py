"""What the dispatcher does for workers that linger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dh_core.clock import short_id
from dh_core.settings import DispatchSettings
from dh_core.specs.task_types import ExtractAudioSpec
from dh_core.tasks.states import Phase, TaskType
from dh_core.tasks.waiting_queue import Hint, WaitingQueue
from functions.dispatch import app
from functions.dispatch.account_deletion import continue_deletion
from functions.dispatch.batch.events import JobEnd, handle_job_end
from functions.dispatch.batch.jobs import BatchJobs
from functions.dispatch.batch.submit import handle_announcement
from functions.dispatch.deps import Dependencies
from functions.dispatch.sweep import sweep
from tests.unit.functions.dispatch.dispatcher import Dispatcher

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


@pytest.fixture
def lingering(dispatcher: Dispatcher, moto_cloud: MotoCloud) -> Dispatcher:
    """A dispatcher whose GPU workers linger, and whose CPU workers do not."""
    name = f"waiting-{short_id()}"
    url = moto_cloud.queue.client.create_queue(QueueName=name)["QueueUrl"]
    on = {"linger_seconds_gpu": 60, "waiting_gpu_queue_url": url, "waiting_cpu_queue_url": url}
    settings = DispatchSettings(**(dispatcher.deps.settings.model_dump() | on))
    deps = Dependencies(settings)
    deps.__dict__["batch"] = BatchJobs(settings, client=dispatcher.batch)
    return Dispatcher(deps, dispatcher.batch, moto_cloud)


def hints(dispatcher: Dispatcher) -> list[Hint]:
    queue = WaitingQueue(
        dispatcher.deps.settings.waiting_gpu_queue_url, dispatcher.cloud.queue.client
    )
    found = []
    while hint := queue.take(0):
        found.append(hint)
    return found


def submitted(dispatcher: Dispatcher) -> str:
    task_id = dispatcher.create().task_id
    handle_announcement(dispatcher.deps, task_id)
    return task_id


def deliver(dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand every message of the task queue to the function, as Lambda does."""
    monkeypatch.setattr(app, "dependencies", lambda: dispatcher.deps)
    for body in dispatcher.cloud.announced():
        app._handle_task_message(body)


def test_with_the_job_a_hint_goes_to_the_lane_that_lingers(lingering: Dispatcher) -> None:
    task_id = submitted(lingering)
    extract = lingering.create(
        ExtractAudioSpec(video_file="a.mp4"), task_type=TaskType.EXTRACT_AUDIO
    )
    handle_announcement(lingering.deps, extract.task_id)
    assert len(lingering.batch.submitted) == 2
    assert hints(lingering) == [Hint(task_id, 1)]


def test_a_hint_that_cannot_be_sent_does_not_keep_the_task_from_its_job(
    lingering: Dispatcher,
) -> None:
    settings = lingering.deps.settings
    gone = settings.model_copy(
        update={"waiting_gpu_queue_url": f"{settings.waiting_gpu_queue_url}-gone"}
    )
    deps = Dependencies(gone)
    deps.__dict__["batch"] = lingering.deps.batch
    task = lingering.create()
    handle_announcement(deps, task.task_id)
    assert lingering.task(task.task_id).phase is Phase.SUBMITTED


def test_the_job_of_a_task_that_a_warm_worker_took_is_ended(
    lingering: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = submitted(lingering)
    taken = lingering.deps.tasks.take_over(task_id, 1, 60)
    assert taken.superseded_job == "job-1"
    lingering.cloud.queue.announce_superseded(task_id, "job-1")
    deliver(lingering, monkeypatch)
    assert lingering.batch.terminated == ["job-1"]
    handle_job_end(lingering.deps, JobEnd(task_id, 1, "a warm worker took the task"))
    assert lingering.task(task_id).phase is Phase.RUNNING


def test_cancelling_a_taken_task_ends_no_job(lingering: Dispatcher) -> None:
    task_id = submitted(lingering)
    lingering.deps.tasks.take_over(task_id, 1, 60)
    lingering.deps.tasks.cancel(task_id)
    handle_announcement(lingering.deps, task_id)
    assert lingering.batch.terminated == []


def test_cancelling_a_task_whose_job_has_begun_leaves_the_worker_alive(
    lingering: Dispatcher,
) -> None:
    """It may carry another task by the time the message comes."""
    task_id = submitted(lingering)
    lingering.deps.tasks.start(task_id, 1, 1, 60)
    lingering.deps.tasks.cancel(task_id)
    handle_announcement(lingering.deps, task_id)
    assert lingering.batch.terminated == []


def test_cancelling_a_task_whose_job_waits_ends_that_job(lingering: Dispatcher) -> None:
    task_id = submitted(lingering)
    lingering.deps.tasks.cancel(task_id)
    handle_announcement(lingering.deps, task_id)
    assert lingering.batch.terminated == ["job-1"]


def test_without_lingering_the_job_of_a_cancelled_task_is_ended_in_any_state(
    dispatcher: Dispatcher,
) -> None:
    task_id = submitted(dispatcher)
    dispatcher.deps.tasks.start(task_id, 1, 1, 60)
    dispatcher.deps.tasks.cancel(task_id)
    handle_announcement(dispatcher.deps, task_id)
    assert dispatcher.batch.terminated == ["job-1"]


def test_deleting_an_account_leaves_other_owners_worker_alive(lingering: Dispatcher) -> None:
    task_id = submitted(lingering)
    lingering.deps.tasks.start(task_id, 1, 1, 60)
    lingering.deps.accounts.begin_deletion("public", lease_seconds=60)
    continue_deletion(lingering.deps, "public")
    assert lingering.deps.tasks.get(task_id) is None
    assert lingering.batch.terminated == []


def test_a_task_that_its_worker_gave_up_is_submitted_again_as_a_loss(
    lingering: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = submitted(lingering)
    taken = lingering.deps.tasks.take_over(task_id, 1, 60)
    lingering.cloud.queue.enqueue_lost(task_id, taken.claim.attempt)
    # The loss, and then the announcement that it leads to.
    deliver(lingering, monkeypatch)
    deliver(lingering, monkeypatch)
    task = lingering.task(task_id)
    assert (task.phase, task.attempt, task.losses) == (Phase.SUBMITTED, 3, 1)
    assert lingering.batch.submitted[-1]["parameters"]["attempt"] == "3"


def test_a_loss_told_twice_or_late_changes_nothing(
    lingering: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = submitted(lingering)
    taken = lingering.deps.tasks.take_over(task_id, 1, 60)
    lingering.deps.tasks.complete(taken.claim, {"files": {}})
    lingering.cloud.queue.enqueue_lost(task_id, taken.claim.attempt)
    deliver(lingering, monkeypatch)
    assert lingering.task(task_id).phase is Phase.COMPLETED


def test_a_taken_task_whose_worker_died_is_found_by_the_sweep(lingering: Dispatcher) -> None:
    task_id = submitted(lingering)
    lingering.deps.tasks.take_over(task_id, 1, lease_seconds=-1)
    assert sweep(lingering.deps) == 1
    task = lingering.task(task_id)
    assert (task.phase, task.attempt, task.losses) == (Phase.QUEUED, 2, 1)
    assert lingering.announced() == [task_id]


def test_the_time_limit_of_the_workers_job_does_not_fail_the_task_it_took(
    lingering: Dispatcher,
) -> None:
    own, other = submitted(lingering), submitted(lingering)
    claim = lingering.deps.tasks.start(own, 1, 1, 60)
    lingering.deps.tasks.complete(claim, {"files": {}})
    lingering.deps.tasks.take_over(other, 1, 60)
    handle_job_end(lingering.deps, JobEnd(own, 1, "Job attempt duration exceeded timeout"))
    assert lingering.task(own).phase is Phase.COMPLETED
    assert lingering.task(other).phase is Phase.RUNNING
