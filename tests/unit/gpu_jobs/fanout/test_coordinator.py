"""A long video gets made whether helpers come, die or never start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dh_core.cloud.media_store import generated_folder
from dh_core.cloud.messages import SegmentsChanged, parse
from dh_core.errors import TaskCancelled, TransitionRefused
from dh_core.store import SegmentState
from dh_core.store.fanout.segments import LEASE_SECONDS
from gpu_jobs.fanout.segment_folder import SegmentFolder
from gpu_jobs.jobs.job import StageReport
from tests.unit.gpu_jobs.shared_tasks import (
    helpers_of,
    running_task,
    segments_of,
    targets,
    token,
)

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


def ignore(_: float) -> None:
    """A report that nobody reads."""


def write(number: int, target: Path, report: StageReport) -> None:
    """Stands for drawing and encoding."""
    report(0.5)
    target.write_text(f"made here: {number}")
    report(1.0)


def test_without_any_helper_the_job_makes_every_segment(
    moto_cloud: MotoCloud, tmp_path: Path
) -> None:
    claim, files, progress = running_task(moto_cloud), targets(tmp_path, 4), list[float]()
    material = tmp_path / "plan.npz"
    material.write_text("plan")
    helpers = helpers_of(moto_cloud, claim, token())
    helpers.share([material], files, write, progress.append)
    assert [file.read_text() for file in files] == [f"made here: {n}" for n in range(4)]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    left = moto_cloud.media.client.list_objects_v2(
        Bucket=moto_cloud.media.bucket, Prefix=generated_folder(claim.task_id)
    )
    assert left["KeyCount"] == 0


def test_help_is_asked_for_at_the_beginning_and_ended_at_the_end(
    moto_cloud: MotoCloud, tmp_path: Path
) -> None:
    claim = running_task(moto_cloud)
    helpers_of(moto_cloud, claim, token()).share([], targets(tmp_path, 2), write, ignore)
    message = SegmentsChanged(task_id=claim.task_id, attempt=1)
    assert [parse(body) for body in moto_cloud.announced()] == [message, message]


def test_what_a_helper_made_is_taken_over(moto_cloud: MotoCloud, tmp_path: Path) -> None:
    claim, files, segments = running_task(moto_cloud), targets(tmp_path, 3), segments_of(moto_cloud)
    folder = SegmentFolder(moto_cloud.media, claim, lambda: None)

    def with_a_helper(number: int, target: Path, report: StageReport) -> None:
        taken = segments.take(claim, "helper", segments.all(claim))
        if taken is not None:
            (tmp_path / "made").write_text(f"made elsewhere: {taken}")
            folder.put(taken, "helper", tmp_path / "made")
            segments.finish(claim, taken, "helper")
        write(number, target, report)

    helpers_of(moto_cloud, claim, token()).share([], files, with_a_helper, ignore)
    made = [file.read_text() for file in files]
    assert made == ["made here: 0", "made elsewhere: 1", "made here: 2"]


def test_a_segment_that_a_helper_died_with_is_made_by_the_job(
    moto_cloud: MotoCloud, tmp_path: Path
) -> None:
    claim, files, segments = running_task(moto_cloud), targets(tmp_path, 3), segments_of(moto_cloud)
    made: list[int] = []

    def while_a_helper_dies(number: int, target: Path, report: StageReport) -> None:
        if not made:
            segments.take(claim, "killed", segments.all(claim))
        else:
            moto_cloud.clock.advance(LEASE_SECONDS + 2)
        made.append(number)
        write(number, target, report)

    helpers_of(moto_cloud, claim, token()).share([], files, while_a_helper_dies, ignore)
    assert made == [0, 2, 1]
    assert {one.state for one in segments.all(claim)} == {SegmentState.DONE}


def test_a_segment_that_was_lost_meanwhile_is_taken_from_whoever_has_it(
    moto_cloud: MotoCloud, tmp_path: Path
) -> None:
    claim, files, segments = running_task(moto_cloud), targets(tmp_path, 1), segments_of(moto_cloud)
    folder = SegmentFolder(moto_cloud.media, claim, lambda: None)

    def too_slowly(number: int, target: Path, report: StageReport) -> None:
        moto_cloud.clock.advance(LEASE_SECONDS + 2)
        taken = segments.take(claim, "helper", segments.all(claim))
        assert taken == number
        (tmp_path / "made").write_text("made elsewhere")
        folder.put(number, "helper", tmp_path / "made")
        segments.finish(claim, number, "helper")
        write(number, target, report)

    helpers_of(moto_cloud, claim, token()).share([], files, too_slowly, ignore)
    assert files[0].read_text() == "made elsewhere"


def test_a_cancelled_job_stops_and_leaves_nothing(moto_cloud: MotoCloud, tmp_path: Path) -> None:
    claim = running_task(moto_cloud)

    def cancelled(number: int, target: Path, report: StageReport) -> None:
        moto_cloud.tasks.cancel(claim.task_id)
        raise TaskCancelled

    helpers = helpers_of(moto_cloud, claim, token())
    with pytest.raises(TaskCancelled):
        helpers.share([], targets(tmp_path, 2), cancelled, ignore)
    with pytest.raises(TransitionRefused):
        segments_of(moto_cloud).take(claim, "helper", segments_of(moto_cloud).all(claim))
