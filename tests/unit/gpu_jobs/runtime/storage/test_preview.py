"""A film in the making: for whoever has its signed address, as long as its run makes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dh_core.cloud.media_store import generated_folder
from dh_core.errors import NoFaceFound, TransitionRefused
from dh_core.specs.task_types.voice import VoiceSpec
from gpu_jobs.jobs.job import JobContext
from gpu_jobs.runtime.runner import Outcome
from gpu_jobs.runtime.storage.preview import BucketPreview
from tests.unit.gpu_jobs.runtime.test_runner import Bench
from tests.unit.gpu_jobs.shared_tasks import running_task

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


def keys(cloud: MotoCloud, task_id: str) -> list[str]:
    listed = cloud.media.client.list_objects_v2(
        Bucket=cloud.media.bucket, Prefix=generated_folder(task_id)
    )
    return [one["Key"] for one in listed.get("Contents", ())]


def read(cloud: MotoCloud, key: str) -> str:
    answer = cloud.media.client.get_object(Bucket=cloud.media.bucket, Key=key)
    return str(answer["Body"].read().decode())


def test_its_playlist_grows_and_names_signed_segments_beside_it(moto_cloud: MotoCloud) -> None:
    claim = running_task(moto_cloud)
    folder = f"generated/{claim.task_id}/1/preview/"
    preview = BucketPreview(moto_cloud.media, moto_cloud.tasks, claim)
    preview.begin(b"head")
    task = moto_cloud.tasks.get(claim.task_id)
    assert task is not None and task.preview is None
    preview.add(b"one", 1.0)
    task = moto_cloud.tasks.get(claim.task_id)
    assert task is not None and task.preview == "1"
    lines = read(moto_cloud, f"{folder}film.m3u8").splitlines()
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in lines
    assert lines[-2] == "#EXTINF:1.000,"
    assert lines[-1].startswith("0001.m4s?") and "X-Amz-Signature=" in lines[-1]
    preview.add(b"two", 2.0)
    preview.end()
    lines = read(moto_cloud, f"{folder}film.m3u8").splitlines()
    assert [line[:8] for line in lines if not line.startswith("#")] == ["0001.m4s", "0002.m4s"]
    assert lines[-1] == "#EXT-X-ENDLIST"
    assert read(moto_cloud, f"{folder}0002.m4s") == "two"


def test_a_run_that_lost_its_task_shows_nothing(moto_cloud: MotoCloud) -> None:
    claim = running_task(moto_cloud)
    moto_cloud.tasks.requeue(claim.task_id, claim.attempt, 60)
    moto_cloud.tasks.dispatch(claim.task_id, 60)
    newer = moto_cloud.tasks.start(claim.task_id, 2, 1, 60)
    with pytest.raises(TransitionRefused):
        moto_cloud.tasks.show_preview(claim)
    older = BucketPreview(moto_cloud.media, moto_cloud.tasks, claim)
    older.begin(b"head")
    older.add(b"one", 1.0)
    older.add(b"two", 2.0)
    task = moto_cloud.tasks.get(newer.task_id)
    assert task is not None and task.preview is None
    assert not any("0002" in key for key in keys(moto_cloud, claim.task_id))


@pytest.mark.parametrize("end", ["completes", "fails", "is cancelled"])
def test_it_is_gone_when_its_task_ends(moto_cloud: MotoCloud, tmp_path: Path, end: str) -> None:
    bench = Bench(moto_cloud, tmp_path)
    task = bench.submit(VoiceSpec(text="你好"))
    shown: list[str] = []

    def work(context: JobContext) -> None:
        assert context.preview is not None
        context.preview.begin(b"head")
        context.preview.add(b"one", 1.0)
        shown.extend(keys(moto_cloud, task.task_id))
        if end == "fails":
            raise NoFaceFound
        if end == "is cancelled":
            moto_cloud.tasks.cancel(task.task_id)

    outcome = bench.run(task, work)
    assert len(shown) == 3
    assert outcome is {
        "completes": Outcome.COMPLETED,
        "fails": Outcome.FAILED,
        "is cancelled": Outcome.ABANDONED,
    }[end]  # fmt: skip
    kept = [f"generated/{task.task_id}/1/note.txt"] if end == "completes" else []
    assert keys(moto_cloud, task.task_id) == kept
