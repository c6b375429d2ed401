from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dh_core.errors import TaskCancelled
from gpu_jobs.avatar_cache import BucketAvatarCache

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


def go_on() -> None:
    """Nobody wants to stop."""


def test_what_one_task_keeps_the_next_one_finds(moto_cloud: MotoCloud, tmp_path: Path) -> None:
    archive, found = tmp_path / "made.zip", tmp_path / "found.zip"
    archive.write_bytes(b"avatar")
    BucketAvatarCache(moto_cloud.media, "anna", go_on).store("v1-abc.zip", archive)
    assert BucketAvatarCache(moto_cloud.media, "anna", go_on).fetch("v1-abc.zip", found)
    assert found.read_bytes() == b"avatar"


def test_one_owner_never_finds_anothers_avatar(moto_cloud: MotoCloud, tmp_path: Path) -> None:
    archive = tmp_path / "made.zip"
    archive.write_bytes(b"avatar")
    BucketAvatarCache(moto_cloud.media, "anna", go_on).store("v1-abc.zip", archive)
    assert not BucketAvatarCache(moto_cloud.media, "ben", go_on).fetch(
        "v1-abc.zip", tmp_path / "found.zip"
    )


def test_a_cancelled_job_does_not_wait_for_its_avatar(
    moto_cloud: MotoCloud, tmp_path: Path
) -> None:
    archive = tmp_path / "made.zip"
    archive.write_bytes(b"avatar" * 1000)
    BucketAvatarCache(moto_cloud.media, "anna", go_on).store("v1-abc.zip", archive)

    def stop() -> None:
        raise TaskCancelled

    with pytest.raises(TaskCancelled):
        BucketAvatarCache(moto_cloud.media, "anna", stop).fetch(
            "v1-abc.zip", tmp_path / "found.zip"
        )


def test_a_bucket_out_of_reach_is_a_miss_not_a_failure(
    moto_cloud: MotoCloud, tmp_path: Path
) -> None:
    moto_cloud.media.client.delete_bucket(Bucket=moto_cloud.media.bucket)
    cache = BucketAvatarCache(moto_cloud.media, "anna", go_on)
    archive = tmp_path / "made.zip"
    archive.write_bytes(b"avatar")
    cache.store("v1-abc.zip", archive)
    assert not cache.fetch("v1-abc.zip", tmp_path / "found.zip")
