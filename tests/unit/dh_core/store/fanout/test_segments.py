"""Who may have a segment: one worker at a time, and only while the task runs as it did."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from dh_core.errors import TransitionRefused
from dh_core.store import Claim, NewTask, SegmentState, SegmentStore
from dh_core.store.fanout.segments import LEASE_SECONDS

if TYPE_CHECKING:
    from tests.conftest import MotoCloud

NewTaskMaker = Callable[..., NewTask]


@pytest.fixture
def segments(moto_cloud: MotoCloud) -> SegmentStore:
    return SegmentStore(moto_cloud.table, moto_cloud.clock)


@pytest.fixture
def claim(moto_cloud: MotoCloud, new_task: NewTaskMaker, segments: SegmentStore) -> Claim:
    """Of a running task with three segments."""
    task_id = moto_cloud.tasks.create(new_task()).task.task_id
    moto_cloud.tasks.dispatch(task_id, 60)
    claim = moto_cloud.tasks.start(task_id, 1, 1, 60)
    segments.open(claim, 3)
    return claim


def test_two_workers_never_get_the_same_segment(segments: SegmentStore, claim: Claim) -> None:
    # Both looked before either took one.
    known = segments.all(claim)
    assert segments.take(claim, "one", known) == 0
    assert segments.take(claim, "other", known) == 1


def test_workers_that_begin_elsewhere_go_round_to_what_is_left(
    segments: SegmentStore, claim: Claim
) -> None:
    taken = [segments.take(claim, "one", segments.all(claim), start=2) for _ in range(4)]
    assert taken == [2, 0, 1, None]


def test_more_segments_than_one_transaction_holds_are_all_offered(
    moto_cloud: MotoCloud, new_task: NewTaskMaker, segments: SegmentStore
) -> None:
    task_id = moto_cloud.tasks.create(new_task()).task.task_id
    moto_cloud.tasks.dispatch(task_id, 60)
    claim = moto_cloud.tasks.start(task_id, 1, 1, 60)
    segments.open(claim, 120)
    assert [one.number for one in segments.all(claim)] == list(range(120))


def test_a_segment_whose_lease_ran_out_is_anybodys_and_its_first_worker_comes_too_late(
    moto_cloud: MotoCloud, segments: SegmentStore, claim: Claim
) -> None:
    assert segments.take(claim, "silent", segments.all(claim)) == 0
    moto_cloud.clock.advance(LEASE_SECONDS + 2)
    assert segments.take(claim, "other", segments.all(claim)) == 0
    assert not segments.finish(claim, 0, "silent")
    assert not segments.renew(claim, 0, "silent")
    assert segments.finish(claim, 0, "other")
    done = segments.all(claim)[0]
    assert (done.state, done.worker) == (SegmentState.DONE, "other")


def test_a_renewed_segment_is_kept(
    moto_cloud: MotoCloud, segments: SegmentStore, claim: Claim
) -> None:
    segments.take(claim, "busy", segments.all(claim))
    for _ in range(3):
        moto_cloud.clock.advance(LEASE_SECONDS - 2)
        assert segments.renew(claim, 0, "busy")
        assert segments.take(claim, "other", segments.all(claim)[:1]) is None


def test_a_segment_given_back_is_free_at_once(segments: SegmentStore, claim: Claim) -> None:
    segments.take(claim, "leaving", segments.all(claim))
    assert segments.release(claim, 0, "leaving")
    assert segments.take(claim, "other", segments.all(claim)) == 0
    assert not segments.release(claim, 0, "leaving")


def test_helpers_of_a_task_that_was_cancelled_can_neither_take_nor_finish(
    moto_cloud: MotoCloud, segments: SegmentStore, claim: Claim
) -> None:
    segments.take(claim, "helper", segments.all(claim))
    moto_cloud.tasks.cancel(claim.task_id)
    with pytest.raises(TransitionRefused):
        segments.finish(claim, 0, "helper")
    with pytest.raises(TransitionRefused):
        segments.take(claim, "helper", segments.all(claim))


def test_helpers_of_an_older_attempt_are_fenced_off_and_the_new_one_begins_anew(
    moto_cloud: MotoCloud, segments: SegmentStore, claim: Claim
) -> None:
    segments.take(claim, "helper", segments.all(claim))
    moto_cloud.tasks.requeue(claim.task_id, 1, 60)
    moto_cloud.tasks.dispatch(claim.task_id, 60)
    newer = moto_cloud.tasks.start(claim.task_id, 2, 1, 60)
    with pytest.raises(TransitionRefused):
        segments.finish(claim, 0, "helper")
    segments.open(newer, 2)
    assert [one.state for one in segments.all(newer)] == [SegmentState.WAITING] * 2


def test_helpers_of_a_run_that_batch_restarted_are_fenced_off(
    moto_cloud: MotoCloud, segments: SegmentStore, claim: Claim
) -> None:
    segments.take(claim, "helper", segments.all(claim))
    newer = moto_cloud.tasks.start(claim.task_id, 1, 2, 60)
    with pytest.raises(TransitionRefused):
        segments.finish(claim, 0, "helper")
    segments.open(newer, 1)
    assert len(segments.all(newer)) == 1
