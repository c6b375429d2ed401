"""A dispatcher on moto's cloud, with AWS Batch replaced at its edge."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dh_core.cloud.media_store import ObjectMissing
from dh_core.cloud.messages import TaskChanged, parse
from dh_core.specs.base import InputFile, TaskSpec
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import FileRecord, NewFile, NewTask, TaskRecord
from functions.dispatch.deps import Dependencies

if TYPE_CHECKING:
    from tests.conftest import MotoCloud

VOICE = VoiceSpec(text="你好")


@dataclass
class FakeBatchClient:
    """What boto3's batch client answers, without machines."""

    submitted: list[dict[str, Any]] = field(default_factory=list)
    terminated: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    waiting: bool = False
    broken: bool = False

    def submit_job(self, **arguments: Any) -> dict[str, str]:
        if self.broken:
            raise ConnectionError("Batch is out of reach")
        self.submitted.append(arguments)
        return {"jobId": f"job-{len(self.submitted)}"}

    def terminate_job(self, *, jobId: str, reason: str) -> None:  # noqa: N803 - boto3's name
        assert reason
        self.terminated.append(jobId)

    def cancel_job(self, *, jobId: str, reason: str) -> None:  # noqa: N803 - boto3's name
        assert reason
        self.cancelled.append(jobId)

    def describe_jobs(self, *, jobs: list[str]) -> dict[str, Any]:
        return {"jobs": [{"jobId": jobs[0], "status": "RUNNABLE" if self.waiting else "FAILED"}]}


@dataclass
class Dispatcher:
    """Dependencies under test and the ways a test puts something before them."""

    deps: Dependencies
    batch: FakeBatchClient
    cloud: MotoCloud

    def create(
        self,
        spec: TaskSpec = VOICE,
        *,
        missing: tuple[InputFile, ...] = (),
        lease_seconds: int = 60,
    ) -> TaskRecord:
        new = NewTask(
            owner="public",
            spec=spec,
            digest="digest",
            missing=missing,
            lease_seconds=lease_seconds,
            retention_seconds=3600,
        )
        return self.deps.tasks.create(new).task

    def announce_file(self, filename: str = "a.mp4") -> FileRecord:
        file = self.deps.files.register(
            NewFile(
                owner="public",
                file_type="video",
                filename=filename,
                file_size=100,
                mime_type="video/mp4",
                key=f"uploads/public/video/{filename}",
                expires_at=2_000_000_000,
            )
        )
        assert file is not None
        return file

    def create_waiting(self, file: FileRecord, lease_seconds: int = 60) -> TaskRecord:
        return self.create(
            ExtractAudioSpec(video_file=file.filename),
            missing=(InputFile(file_type="video", filename=file.filename),),
            lease_seconds=lease_seconds,
        )

    def task(self, task_id: str) -> TaskRecord:
        task = self.deps.tasks.get(task_id)
        assert task is not None
        return task

    def announced(self) -> list[str]:
        """Tasks announced since the last look."""
        messages = [parse(body) for body in self.cloud.announced()]
        return [message.task_id for message in messages if isinstance(message, TaskChanged)]

    def put_object(self, key: str, body: bytes) -> None:
        self.cloud.media.put_stream(key, io.BytesIO(body), content_type="video/mp4")

    def has_object(self, key: str) -> bool:
        try:
            self.cloud.media.size(key)
        except ObjectMissing:
            return False
        return True
