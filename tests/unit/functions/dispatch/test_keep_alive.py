"""What the dispatcher does for workers that are kept alive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dh_core.clock import short_id
from dh_core.cloud.messages import AttemptLost, JobSuperseded, TaskWaiting
from dh_core.settings import DispatchSettings
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.tasks.states import Phase
from dh_core.tasks.waiting_queue import WaitingQueue
from functions.dispatch import app
from functions.dispatch.account_deletion import continue_deletion
from functions.dispatch.batch.events import JobEnd, handle_job_end
from functions.dispatch.batch.submit import handle_task_changed
from functions.dispatch.clients.batch_jobs import BatchJobs
from functions.dispatch.deps import Dependencies
from functions.dispatch.sweep import sweep
from tests.unit.functions.dispatch.dispatcher import Dispatcher

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


@pytest.fixture
def warm(dispatcher: Dispatcher, moto_cloud: MotoCloud) -> Dispatcher:
    """A dispatcher whose speaking workers are kept alive, and whose editing workers are not."""
    name = f"waiting-{short_id()}"
    url = moto_cloud.queue.client.create_queue(QueueName=name)["QueueUrl"]
    on = {
        "keep_alive_seconds_speaking": 60,
        "waiting_speaking_queue_url": url,
        "waiting_editing_queue_url": url,
    }
    settings = DispatchSettings(**(dispatcher.deps.settings.model_dump() | on))
    deps = Dependencies(settings)
    deps.__dict__["batch"] = BatchJobs(settings, client=dispatcher.batch)
    return Dispatcher(deps, dispatcher.batch, moto_cloud)


def offered(dispatcher: Dispatcher) -> list[TaskWaiting]:
    queue = WaitingQueue(
        dispatcher.deps.settings.waiting_speaking_queue_url, dispatcher.cloud.queue.client
    )
    found = []
    while task := queue.take(0):
        found.append(task)
    return found


def submitted(dispatcher: Dispatcher) -> str:
    task_id = dispatcher.create().task_id
    handle_task_changed(dispatcher.deps, task_id)
    return task_id


def deliver(dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand every message of the task queue to the function, as Lambda does."""
    monkeypatch.setattr(app, "dependencies", lambda: dispatcher.deps)
    for body in dispatcher.cloud.announced():
        app._handle_task_message(body)


def test_with_the_job_a_message_goes_to_the_workers_that_are_kept_alive(warm: Dispatcher) -> None:
    task_id = submitted(warm)
    extract = warm.create(ExtractAudioSpec(video_file="a.mp4"))
    handle_task_changed(warm.deps, extract.task_id)
    assert len(warm.batch.submitted) == 2
    assert offered(warm) == [TaskWaiting(task_id=task_id, attempt=1)]


def test_a_message_that_cannot_be_sent_does_not_keep_the_task_from_its_job(
    warm: Dispatcher,
) -> None:
    settings = warm.deps.settings
    gone = settings.model_copy(
        update={"waiting_speaking_queue_url": f"{settings.waiting_speaking_queue_url}-gone"}
    )
    deps = Dependencies(gone)
    deps.__dict__["batch"] = warm.deps.batch
    task = warm.create()
    handle_task_changed(deps, task.task_id)
    assert warm.task(task.task_id).phase is Phase.SUBMITTED


def test_the_job_of_a_task_that_a_warm_worker_took_is_ended(
    warm: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = submitted(warm)
    claimed = warm.deps.tasks.claim_waiting(task_id, 1, 60)
    assert claimed.superseded_job == "job-1"
    warm.cloud.queue.send(JobSuperseded(task_id=task_id, job_id="job-1"))
    deliver(warm, monkeypatch)
    assert warm.batch.terminated == ["job-1"]
    handle_job_end(warm.deps, JobEnd(task_id, 1, "a warm worker took the task"))
    assert warm.task(task_id).phase is Phase.RUNNING


def test_cancelling_a_claimed_task_ends_no_job(warm: Dispatcher) -> None:
    task_id = submitted(warm)
    warm.deps.tasks.claim_waiting(task_id, 1, 60)
    warm.deps.tasks.cancel(task_id)
    handle_task_changed(warm.deps, task_id)
    assert warm.batch.terminated == []


def test_cancelling_a_task_whose_job_has_begun_leaves_the_worker_alive(
    warm: Dispatcher,
) -> None:
    """It may carry another task by the time the message comes."""
    task_id = submitted(warm)
    warm.deps.tasks.start(task_id, 1, 1, 60)
    warm.deps.tasks.cancel(task_id)
    handle_task_changed(warm.deps, task_id)
    assert warm.batch.terminated == []


def test_cancelling_a_task_whose_job_waits_ends_that_job(warm: Dispatcher) -> None:
    task_id = submitted(warm)
    warm.deps.tasks.cancel(task_id)
    handle_task_changed(warm.deps, task_id)
    assert warm.batch.terminated == ["job-1"]


def test_without_keep_alive_the_job_of_a_cancelled_task_is_ended_in_any_state(
    dispatcher: Dispatcher,
) -> None:
    task_id = submitted(dispatcher)
    dispatcher.deps.tasks.start(task_id, 1, 1, 60)
    dispatcher.deps.tasks.cancel(task_id)
    handle_task_changed(dispatcher.deps, task_id)
    assert dispatcher.batch.terminated == ["job-1"]


def test_deleting_an_account_leaves_other_owners_worker_alive(warm: Dispatcher) -> None:
    task_id = submitted(warm)
    warm.deps.tasks.start(task_id, 1, 1, 60)
    warm.deps.accounts.begin_deletion("public", lease_seconds=60)
    continue_deletion(warm.deps, "public")
    assert warm.deps.tasks.get(task_id) is None
    assert warm.batch.terminated == []


def test_a_task_that_its_worker_gave_up_is_submitted_again_as_a_loss(
    warm: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = submitted(warm)
    claimed = warm.deps.tasks.claim_waiting(task_id, 1, 60)
    warm.cloud.queue.send(AttemptLost(task_id=task_id, attempt=claimed.claim.attempt))
    # The loss, and then the announcement that it leads to.
    deliver(warm, monkeypatch)
    deliver(warm, monkeypatch)
    task = warm.task(task_id)
    assert (task.phase, task.attempt, task.losses) == (Phase.SUBMITTED, 3, 1)
    assert warm.batch.submitted[-1]["parameters"]["attempt"] == "3"


def test_a_loss_told_twice_or_late_changes_nothing(
    warm: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = submitted(warm)
    claimed = warm.deps.tasks.claim_waiting(task_id, 1, 60)
    warm.deps.tasks.complete(claimed.claim, {"files": {}})
    warm.cloud.queue.send(AttemptLost(task_id=task_id, attempt=claimed.claim.attempt))
    deliver(warm, monkeypatch)
    assert warm.task(task_id).phase is Phase.COMPLETED


def test_a_claimed_task_whose_worker_died_is_found_by_the_sweep(warm: Dispatcher) -> None:
    task_id = submitted(warm)
    warm.deps.tasks.claim_waiting(task_id, 1, lease_seconds=-1)
    assert sweep(warm.deps) == 1
    task = warm.task(task_id)
    assert (task.phase, task.attempt, task.losses) == (Phase.QUEUED, 2, 1)
    assert warm.announced() == [task_id]


def test_the_time_limit_of_the_workers_job_does_not_fail_the_task_it_took(
    warm: Dispatcher,
) -> None:
    own, other = submitted(warm), submitted(warm)
    claim = warm.deps.tasks.start(own, 1, 1, 60)
    warm.deps.tasks.complete(claim, {"files": {}})
    warm.deps.tasks.claim_waiting(other, 1, 60)
    handle_job_end(warm.deps, JobEnd(own, 1, "Job attempt duration exceeded timeout"))
    assert warm.task(own).phase is Phase.COMPLETED
    assert warm.task(other).phase is Phase.RUNNING


def test_a_task_whose_lost_job_waits_again_is_offered_again(warm: Dispatcher) -> None:
    task_id = submitted(warm)
    offered(warm)
    warm.deps.tasks.start(task_id, 1, run=1, lease_seconds=-1)
    warm.batch.waiting = True
    sweep(warm.deps)
    handle_task_changed(warm.deps, task_id)
    assert offered(warm) == [TaskWaiting(task_id=task_id, attempt=1)]
    taken = warm.deps.tasks.claim_waiting(task_id, 1, 60)
    assert taken.superseded_job == "job-1"


def test_the_job_of_a_lost_run_is_ended_only_if_it_cannot_carry_anothers_task(
    warm: Dispatcher,
) -> None:
    task_id = submitted(warm)
    warm.deps.tasks.start(task_id, 1, run=1, lease_seconds=-1)
    sweep(warm.deps)
    handle_task_changed(warm.deps, task_id)
    assert (warm.batch.terminated, warm.batch.cancelled) == ([], ["job-1"])
    assert warm.task(task_id).attempt == 2


def test_the_job_of_a_lost_attempt_that_never_began_is_ended(warm: Dispatcher) -> None:
    task_id = submitted(warm)
    warm.deps.tasks.requeue(task_id, 1, 60)
    handle_task_changed(warm.deps, task_id)
    assert (warm.batch.terminated, warm.batch.cancelled) == (["job-1"], [])
