"""What one task made becomes the input of another of the same owner."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dh_core.errors import InputMissing, TaskCancelled
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import NewTask
from gpu_jobs.jobs.job import EarlierSound
from gpu_jobs.runtime.storage.earlier_results import EarlierResults

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


FOLDER = "generated/task/1/"


@pytest.fixture
def made(moto_cloud: MotoCloud) -> str:
    """The id of a completed voice task with a sound and a timeline in the bucket."""
    tasks = moto_cloud.tasks
    new = NewTask(
        owner="public",
        spec=VoiceSpec(text="你好"),
        digest="digest",
        missing=(),
        lease_seconds=60,
        retention_seconds=3600,
    )
    task = tasks.dispatch(tasks.create(new).task.task_id, 60)
    for name in ("audio.wav", "timeline.json"):
        key = f"{FOLDER}{name}"
        moto_cloud.media.put_stream(key, io.BytesIO(name.encode()), content_type="x/y")
    files = {"audio": {"key": f"{FOLDER}audio.wav"}, "timeline": {"key": f"{FOLDER}timeline.json"}}
    tasks.complete(tasks.start(task.task_id, task.attempt, 1, 60), {"files": files})
    return task.task_id


def fetch(cloud: MotoCloud, task_id: str, folder: Path, *, owner: str = "public") -> EarlierSound:
    earlier = EarlierResults(cloud.tasks, cloud.media)
    return earlier.fetch_sound(owner, task_id, folder, lambda: None)


def test_a_voice_tasks_sound_and_timeline_are_fetched(
    moto_cloud: MotoCloud, made: str, tmp_path: Path
) -> None:
    fetched = fetch(moto_cloud, made, tmp_path)
    assert fetched.audio.read_text() == "audio.wav"
    assert fetched.timeline is not None
    assert fetched.timeline.read_text() == "timeline.json"


def test_another_owners_sound_is_not(moto_cloud: MotoCloud, made: str, tmp_path: Path) -> None:
    with pytest.raises(InputMissing):
        fetch(moto_cloud, made, tmp_path, owner="other")


def test_a_sound_that_has_expired_is_named(
    moto_cloud: MotoCloud, made: str, tmp_path: Path
) -> None:
    moto_cloud.media.delete(f"{FOLDER}audio.wav")
    with pytest.raises(InputMissing) as raised:
        fetch(moto_cloud, made, tmp_path)
    assert "make it again" in raised.value.message


def test_fetching_stops_when_the_job_has_to(
    moto_cloud: MotoCloud, made: str, tmp_path: Path
) -> None:
    def cancelled() -> None:
        raise TaskCancelled

    with pytest.raises(TaskCancelled):
        EarlierResults(moto_cloud.tasks, moto_cloud.media).fetch_sound(
            "public", made, tmp_path, cancelled
        )
