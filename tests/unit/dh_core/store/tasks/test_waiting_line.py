from __future__ import annotations

from typing import TYPE_CHECKING

from dh_core.specs.task_types import ExtractAudioSpec, VoiceSpec
from dh_core.store import NewTask
from dh_core.store.tasks.waiting_line import Line, WaitingLine
from dh_core.tasks.states import TaskType

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


def add(cloud: MotoCloud, task_type: TaskType) -> str:
    voice = task_type is TaskType.VOICE
    new = NewTask(
        owner="public",
        type=task_type,
        spec=VoiceSpec(text="你好") if voice else ExtractAudioSpec(video_file="a.mp4"),
        digest="digest",
        missing=(),
        lease_seconds=60,
        retention_seconds=3600,
    )
    return cloud.tasks.create(new).task.task_id


def test_an_empty_line_has_no_age(moto_cloud: MotoCloud) -> None:
    lines = WaitingLine(moto_cloud.table, moto_cloud.clock).look()
    assert lines == {"gpu": Line(0, 0.0), "cpu": Line(0, 0.0)}


def test_the_first_in_each_line_says_how_old_it_is(moto_cloud: MotoCloud) -> None:
    add(moto_cloud, TaskType.VOICE)
    moto_cloud.clock.advance(100)
    add(moto_cloud, TaskType.VOICE)
    add(moto_cloud, TaskType.EXTRACT_AUDIO)
    moto_cloud.clock.advance(20)
    lines = WaitingLine(moto_cloud.table, moto_cloud.clock).look()
    assert (lines["gpu"].length, round(lines["gpu"].age_seconds)) == (2, 120)
    assert (lines["cpu"].length, round(lines["cpu"].age_seconds)) == (1, 20)


def test_a_submitted_task_waits_until_its_job_starts(moto_cloud: MotoCloud) -> None:
    task = moto_cloud.tasks.dispatch(add(moto_cloud, TaskType.VOICE), 60)
    line = WaitingLine(moto_cloud.table, moto_cloud.clock)
    assert line.look()["gpu"].length == 1
    moto_cloud.tasks.start(task.task_id, task.attempt, 1, 60)
    assert line.look()["gpu"] == Line(0, 0.0)
