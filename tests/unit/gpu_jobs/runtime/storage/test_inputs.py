"""What a job reads of an upload is what was judged."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dh_core.errors import InputChanged, InputRejected
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.store import FileRecord, NewFile
from gpu_jobs.runtime.storage import inputs
from tests.unit.gpu_jobs.runners import runner_of

if TYPE_CHECKING:
    from tests.conftest import MotoCloud

KEY = "uploads/public/video/v.mp4"
SPEC = ExtractAudioSpec(video_file="v.mp4")


class Upload:
    """A file in the bucket and the job's look at it."""

    def __init__(self, cloud: MotoCloud, folder: Path) -> None:
        self.cloud = cloud
        self.folder = folder
        self.cloud.files.register(
            NewFile("public", "video", "v.mp4", 3, "video/mp4", KEY, 2_000_000_000)
        )

    def put(self, body: bytes) -> str:
        self.cloud.media.client.put_object(Bucket=self.cloud.media.bucket, Key=KEY, Body=body)
        return self.cloud.media.look(KEY).etag

    @property
    def record(self) -> FileRecord:
        found = self.cloud.files.get("public", "video", "v.mp4")
        assert found is not None
        return found

    def judge(self, etag: str) -> None:
        assert self.cloud.files.mark_ready(self.record, size=3, expires_at=2**31, etag=etag)

    def fetch(self) -> bytes:
        runner = runner_of(self.cloud, self.folder, lambda: pytest.fail("no job is needed"))
        fetched = runner.inputs.fetch("public", SPEC, self.folder, lambda _: None, lambda: None)
        return fetched.upload("video", "v.mp4").read_bytes()


@pytest.fixture
def upload(moto_cloud: MotoCloud, tmp_path: Path) -> Upload:
    upload = Upload(moto_cloud, tmp_path)
    upload.judge(upload.put(b"judged"))
    return upload


def test_an_object_that_took_the_judged_ones_place_is_not_read(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert upload.fetch() == b"judged"
    monkeypatch.setattr(inputs, "_LOOK_AGAIN_SECONDS", 0.0)
    upload.put(b"<html>")
    with pytest.raises(InputChanged, match=r"v\.mp4 was replaced"):
        upload.fetch()


def test_a_file_that_was_sent_once_more_is_read_when_it_has_been_judged(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = upload.put(b"sent again")
    monkeypatch.setattr(time, "sleep", lambda _: upload.judge(etag))
    assert upload.fetch() == b"sent again"


def test_a_rejected_file_fails_the_task_with_its_own_code(upload: Upload) -> None:
    upload.cloud.files.mark_rejected(upload.record, code="content_rejected", message="No.")
    with pytest.raises(InputRejected, match=r"v\.mp4: No\.") as refused:
        upload.fetch()
    assert refused.value.error_code == "content_rejected"
