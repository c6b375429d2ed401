"""The item that is there while a task runs; and tasks that a release without it has started."""

from __future__ import annotations

import pytest

from dh_core.errors import TransitionRefused
from dh_core.store import Claim, TaskFilter
from dh_core.store.tasks.records import lease_attributes, run_key, task_key
from dh_core.tasks.states import Phase, Status

OLDER_LEASE = 60


@pytest.fixture
def tasks(moto_cloud):
    return moto_cloud.tasks


@pytest.fixture
def running(tasks, new_task):
    task_id = tasks.create(new_task()).task.task_id
    return tasks.start(task_id, tasks.dispatch(task_id, 60).attempt, 1, 60)


@pytest.fixture
def started_before(moto_cloud, running, clock) -> Claim:
    """A claim whose task is as an older release left it: one item, with lease and progress."""
    item = moto_cloud.table.get(task_key(running.task_id))
    lease = lease_attributes(running.task_id, int(clock()) + OLDER_LEASE)
    moto_cloud.table.put({**item, **lease, "stage": "lips", "progress": 40})
    moto_cloud.table.delete(run_key(running.task_id))
    return running


def test_what_a_worker_writes_leaves_the_tasks_own_item_alone(moto_cloud, tasks, running):
    before = moto_cloud.table.get(task_key(running.task_id))
    tasks.heartbeat(running, stage="lips", progress=40, lease_seconds=60, entered=True)
    assert moto_cloud.table.get(task_key(running.task_id)) == before
    assert "GSI2PK" not in before


def test_lists_and_ids_show_how_far_a_run_is(tasks, running):
    tasks.heartbeat(running, stage="lips", progress=40)
    (listed,) = tasks.newest("owner", TaskFilter(), limit=5, cursor=None).records
    by_id = tasks.many([running.task_id])[running.task_id]
    assert listed == by_id == tasks.get(running.task_id)
    assert (listed.stage, listed.progress) == ("lips", 40)


def test_the_history_of_a_run_outlives_it(moto_cloud, tasks, running):
    tasks.heartbeat(running, stage="speech", progress=0, entered=True)
    tasks.heartbeat(running, stage="lips", progress=40, entered=True)
    during = [event.stage for event in tasks.get(running.task_id).events if event.stage]
    ended = tasks.cancel(running.task_id)
    assert during == [event.stage for event in ended.events if event.stage] == ["speech", "lips"]
    assert ended.progress == 40
    assert moto_cloud.table.get(run_key(running.task_id)) is None


def test_who_lost_the_task_does_not_hold_it_any_more(tasks, running):
    assert tasks.holds(running)
    newer = tasks.start(running.task_id, 1, 2, 60)
    assert (tasks.holds(running), tasks.holds(newer)) == (False, True)
    tasks.cancel(running.task_id)
    assert not tasks.holds(newer)


def test_a_task_that_ends_while_it_is_read_is_read_again(moto_cloud, tasks, running, monkeypatch):
    tasks.heartbeat(running, stage="lips", progress=40)
    batch_get = moto_cloud.table.batch_get

    def ends_meanwhile(keys, **options):
        (item,) = batch_get([task_key(running.task_id)], **options)
        monkeypatch.setattr(moto_cloud.table, "batch_get", batch_get)
        moto_cloud.tasks.complete(running, {"files": {}})
        return [item, *batch_get([run_key(running.task_id)], **options)]

    monkeypatch.setattr(moto_cloud.table, "batch_get", ends_meanwhile)
    task = tasks.get(running.task_id)
    assert (task.status, task.progress) == (Status.COMPLETED, 100)


def test_a_task_that_an_older_release_started_shows_its_progress(tasks, started_before):
    task = tasks.get(started_before.task_id)
    assert (task.stage, task.progress, task.claim) == ("lips", 40, started_before)
    (listed,) = tasks.newest("owner", TaskFilter(), limit=5, cursor=None).records
    assert listed == task


def test_a_task_that_an_older_release_lost_is_found_and_tried_again(
    moto_cloud, tasks, started_before, clock
):
    clock.advance(OLDER_LEASE + 1)
    (expired,) = tasks.expired()
    assert expired.task_id == started_before.task_id
    assert tasks.requeue(expired.task_id, 1, 60).phase is Phase.QUEUED
    claim = tasks.start(expired.task_id, tasks.dispatch(expired.task_id, 60).attempt, 1, 60)
    tasks.complete(claim, {"files": {}})
    assert moto_cloud.table.get(run_key(expired.task_id)) is None


def test_a_newer_run_takes_over_from_an_older_release(tasks, started_before, clock):
    claim = tasks.start(started_before.task_id, 1, 2, 60)
    clock.advance(59)
    tasks.heartbeat(claim, stage="lips", progress=10, lease_seconds=60)
    clock.advance(59)
    assert list(tasks.expired()) == []
    with pytest.raises(TransitionRefused):
        tasks.complete(started_before, {"files": {}})


def test_a_task_that_an_older_release_started_can_be_cancelled_and_deleted(tasks, started_before):
    ended = tasks.cancel(started_before.task_id)
    assert (ended.phase, ended.progress) == (Phase.CANCELLED, 40)
    assert tasks.delete(ended)
    assert tasks.get(ended.task_id) is None
