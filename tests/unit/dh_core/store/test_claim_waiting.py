"""A warm worker takes a task that waits for a job of its own."""

from __future__ import annotations

import pytest

from dh_core.errors import TransitionRefused
from dh_core.tasks.states import Phase, Status


@pytest.fixture
def tasks(moto_cloud):
    return moto_cloud.tasks


@pytest.fixture
def waiting(tasks, new_task):
    """A task whose job waits for a machine."""
    task = tasks.create(new_task()).task
    tasks.dispatch(task.task_id, 60)
    tasks.record_job(task.task_id, 1, "job-1", 60)
    return tasks.get(task.task_id)


def test_the_task_runs_under_the_next_attempt_and_keeps_no_job(tasks, waiting):
    taken = tasks.claim_waiting(waiting.task_id, 1, 60)
    task = tasks.get(waiting.task_id)
    assert (task.phase, task.attempt, task.worker) == (Phase.RUNNING, 2, taken.claim.worker)
    assert taken.superseded_job == "job-1"
    # What ends a cancelled task's job must not find the worker's.
    assert task.job_id is None
    assert [event.attempt for event in task.events][-1] == 2
    done = tasks.complete(taken.claim, {"files": {}})
    assert (done.phase, done.losses) == (Phase.COMPLETED, 0)


def test_the_superseded_job_is_refused_when_it_starts_and_its_end_changes_nothing(tasks, waiting):
    taken = tasks.claim_waiting(waiting.task_id, 1, 60)
    for move in (
        lambda: tasks.start(waiting.task_id, 1, 1, 60),
        lambda: tasks.requeue(waiting.task_id, 1, 60),
        lambda: tasks.fail(waiting.task_id, code="c", message="m", attempt=1),
        lambda: tasks.record_job(waiting.task_id, 1, "job-1", 60),
    ):
        with pytest.raises(TransitionRefused):
            move()
    tasks.heartbeat(taken.claim, stage="s", progress=1, lease_seconds=60)


def test_a_task_that_runs_has_ended_or_moved_on_is_not_taken(tasks, new_task, waiting):
    queued = tasks.create(new_task()).task
    for task_id, attempt in (
        (queued.task_id, 0),
        (queued.task_id, 1),
        (waiting.task_id, 0),
        (waiting.task_id, 2),
        ("unknown", 1),
    ):
        with pytest.raises(TransitionRefused):
            tasks.claim_waiting(task_id, attempt, 60)
    tasks.start(waiting.task_id, 1, 1, 60)
    with pytest.raises(TransitionRefused):
        tasks.claim_waiting(waiting.task_id, 1, 60)
    tasks.cancel(waiting.task_id)
    with pytest.raises(TransitionRefused):
        tasks.claim_waiting(waiting.task_id, 1, 60)


def test_of_two_warm_workers_one_takes_the_task(tasks, waiting, interrupted):
    first = []
    late = interrupted(lambda: first.append(tasks.claim_waiting(waiting.task_id, 1, 60)))
    with pytest.raises(TransitionRefused):
        late.claim_waiting(waiting.task_id, 1, 60)
    assert tasks.get(waiting.task_id).worker == first[0].claim.worker


def test_of_a_warm_worker_and_the_tasks_own_job_one_takes_it(tasks, new_task, waiting, interrupted):
    own = []
    late = interrupted(lambda: own.append(tasks.start(waiting.task_id, 1, 1, 60)))
    with pytest.raises(TransitionRefused):
        late.claim_waiting(waiting.task_id, 1, 60)
    assert tasks.get(waiting.task_id).worker == own[0].worker

    other = tasks.create(new_task()).task
    tasks.dispatch(other.task_id, 60)
    taken = []
    late = interrupted(lambda: taken.append(tasks.claim_waiting(other.task_id, 1, 60)))
    with pytest.raises(TransitionRefused):
        late.start(other.task_id, 1, 1, 60)
    assert tasks.get(other.task_id).worker == taken[0].claim.worker


def test_a_cancel_at_the_same_moment_wins(tasks, waiting, interrupted):
    late = interrupted(lambda: tasks.cancel(waiting.task_id))
    with pytest.raises(TransitionRefused):
        late.claim_waiting(waiting.task_id, 1, 60)
    assert tasks.get(waiting.task_id).phase is Phase.CANCELLED


def test_a_cancel_just_after_fences_the_worker_off(tasks, waiting):
    taken = tasks.claim_waiting(waiting.task_id, 1, 60)
    tasks.cancel(waiting.task_id)
    with pytest.raises(TransitionRefused):
        tasks.heartbeat(taken.claim, stage="s", progress=1, lease_seconds=60)
    with pytest.raises(TransitionRefused):
        tasks.complete(taken.claim, {"files": {}})


def test_the_counts_and_the_line_follow(moto_cloud, tasks, new_task):
    first, second = (tasks.create(new_task()).task for _ in range(2))
    for task in (first, second):
        tasks.dispatch(task.task_id, 60)
    tasks.claim_waiting(first.task_id, 1, 60)
    counts = moto_cloud.counters.totals()[0]
    assert (counts[Status.PENDING], counts[Status.PROCESSING]) == (1, 1)


def test_a_taken_task_whose_worker_died_comes_back_under_a_later_attempt(tasks, waiting, clock):
    taken = tasks.claim_waiting(waiting.task_id, 1, 60)
    clock.advance(61)
    (expired,) = tasks.expired()
    assert (expired.task_id, expired.attempt) == (waiting.task_id, 2)
    tasks.requeue(waiting.task_id, 2, 60)
    assert tasks.dispatch(waiting.task_id, 60).attempt == 3
    newer = tasks.start(waiting.task_id, 3, 1, 60)
    assert newer.output_folder != taken.claim.output_folder
    with pytest.raises(TransitionRefused):
        tasks.complete(taken.claim, {"files": {}})
