from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dh_core.cloud.media_store import avatar_key
from dh_core.errors import TaskCancelled
from dh_core.specs.base import InputFile
from dh_core.store import FileRecord, NewFile
from gpu_jobs.runtime.storage.learnt_cache import BucketLearntCache

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


def go_on() -> None:
    """Nobody wants to stop."""


SAMPLE = InputFile(file_type="video", filename="me.mp4")


def uploaded(cloud: MotoCloud, owner: str) -> FileRecord:
    """The sample video, as a task of this owner names it."""
    file = cloud.files.get(owner, "video", "me.mp4") or cloud.files.register(
        NewFile(owner, "video", "me.mp4", 5, "video/mp4", f"uploads/{owner}/video/me.mp4", 2**31)
    )
    assert file is not None
    return file


def learnt_cache(
    cloud: MotoCloud, owner: str, check: Callable[[], None] = go_on
) -> BucketLearntCache:
    uploaded(cloud, owner)
    return BucketLearntCache(cloud.media, cloud.files, owner, SAMPLE, check)


def test_what_one_task_keeps_the_next_one_finds(moto_cloud: MotoCloud, tmp_path: Path) -> None:
    archive, found = tmp_path / "made.zip", tmp_path / "found.zip"
    archive.write_bytes(b"avatar")
    learnt_cache(moto_cloud, "anna").store("v1-abc.zip", archive)
    assert learnt_cache(moto_cloud, "anna").fetch("v1-abc.zip", found)
    assert found.read_bytes() == b"avatar"


def test_one_owner_never_finds_anothers_avatar(moto_cloud: MotoCloud, tmp_path: Path) -> None:
    archive = tmp_path / "made.zip"
    archive.write_bytes(b"avatar")
    learnt_cache(moto_cloud, "anna").store("v1-abc.zip", archive)
    assert not learnt_cache(moto_cloud, "ben").fetch("v1-abc.zip", tmp_path / "found.zip")


def test_a_cancelled_job_does_not_wait_for_its_avatar(
    moto_cloud: MotoCloud, tmp_path: Path
) -> None:
    archive = tmp_path / "made.zip"
    archive.write_bytes(b"avatar" * 1000)
    learnt_cache(moto_cloud, "anna").store("v1-abc.zip", archive)

    def stop() -> None:
        raise TaskCancelled

    with pytest.raises(TaskCancelled):
        learnt_cache(moto_cloud, "anna", stop).fetch("v1-abc.zip", tmp_path / "found.zip")


def test_a_bucket_out_of_reach_is_a_miss_not_a_failure(
    moto_cloud: MotoCloud, tmp_path: Path
) -> None:
    archive = tmp_path / "made.zip"
    archive.write_bytes(b"avatar")
    cache = learnt_cache(moto_cloud, "anna")
    cache.store("v1-abc.zip", archive)
    moto_cloud.media.erase(avatar_key("anna", "v1-abc.zip"))
    moto_cloud.media.client.delete_bucket(Bucket=moto_cloud.media.bucket)
    assert not cache.fetch("v1-abc.zip", tmp_path / "found.zip")


def test_an_avatar_is_written_down_beside_the_file_it_is_made_from(
    moto_cloud: MotoCloud, tmp_path: Path
) -> None:
    archive = tmp_path / "made.zip"
    archive.write_bytes(b"avatar")
    learnt_cache(moto_cloud, "anna").store("v1-abc.zip", archive)
    assert uploaded(moto_cloud, "anna").avatars == ("v1-abc.zip",)


def test_no_avatar_is_kept_of_a_file_that_was_deleted_meanwhile(
    moto_cloud: MotoCloud, tmp_path: Path
) -> None:
    archive = tmp_path / "made.zip"
    archive.write_bytes(b"avatar")
    cache = learnt_cache(moto_cloud, "anna")
    moto_cloud.files.delete(uploaded(moto_cloud, "anna"))
    cache.store("v1-abc.zip", archive)
    listed = moto_cloud.media.client.list_objects_v2(Bucket=moto_cloud.media.bucket)
    assert listed["KeyCount"] == 0
