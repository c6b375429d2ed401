from __future__ import annotations

from typing import TYPE_CHECKING

from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import NewTask
from dh_core.store.tasks.queue_depth import QueueDepth, QueueDepths

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


VOICE = VoiceSpec(text="你好")


def add(cloud: MotoCloud, spec: TaskSpec) -> str:
    new = NewTask(
        owner="public",
        spec=spec,
        digest="digest",
        missing=(),
        lease_seconds=60,
        retention_seconds=3600,
    )
    return cloud.tasks.create(new).task.task_id


def test_an_empty_queue_has_no_age(moto_cloud: MotoCloud) -> None:
    depths = QueueDepths(moto_cloud.table, moto_cloud.clock).read()
    assert depths == {"speaking": QueueDepth(0, 0.0), "editing": QueueDepth(0, 0.0)}


def test_the_first_task_of_each_lane_says_how_long_it_waits(moto_cloud: MotoCloud) -> None:
    add(moto_cloud, VOICE)
    moto_cloud.clock.advance(100)
    add(moto_cloud, VOICE)
    add(moto_cloud, ExtractAudioSpec(video_file="a.mp4"))
    moto_cloud.clock.advance(20)
    depths = QueueDepths(moto_cloud.table, moto_cloud.clock).read()
    assert (depths["speaking"].tasks, round(depths["speaking"].age_seconds)) == (2, 120)
    assert (depths["editing"].tasks, round(depths["editing"].age_seconds)) == (1, 20)


def test_a_submitted_task_waits_until_its_job_starts(moto_cloud: MotoCloud) -> None:
    task = moto_cloud.tasks.dispatch(add(moto_cloud, VOICE), 60)
    depths = QueueDepths(moto_cloud.table, moto_cloud.clock)
    assert depths.read()["speaking"].tasks == 1
    moto_cloud.tasks.start(task.task_id, task.attempt, 1, 60)
    assert depths.read()["speaking"] == QueueDepth(0, 0.0)
