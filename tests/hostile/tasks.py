"""The ways into the system: a file is uploaded as one input of one task, and that task is run."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from moto import mock_aws

from dh_core.clock import short_id, system_clock
from dh_core.cloud.media_store import MediaStore
from dh_core.cloud.task_queue import TaskQueue
from dh_core.limits import FileType
from dh_core.settings import DispatchSettings
from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types.avatar import AvatarSpec
from dh_core.specs.task_types.compose import ComposeSpec
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.specs.task_types.template import TemplateSpec
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.specs.task_types.voice_profile import VoiceProfileSpec
from dh_core.store import FileStatus, NewFile, NewTask, Table, TaskRecord
from functions.dispatch.deps import Dependencies
from functions.dispatch.files.objects import handle_upload
from gpu_jobs.jobs import make_job
from gpu_jobs.runtime.job_cache import JobCache
from gpu_jobs.runtime.runner import Runner
from tests.conftest import REGION, MotoCloud, table_properties
from tests.hostile.goods import WEIGHTS
from tests.unit.gpu_jobs.runners import runner_of

_GOODS: dict[str, FileType] = {
    "face.mp4": "video",
    "short.wav": "audio",
    "photo.png": "image",
    "background.jpg": "image",
}


def _template(person: str, background: str) -> TemplateSpec:
    return TemplateSpec(person_image=person, background_image=background, video_length=1.0)


def _compose(template: str, **fields: str) -> ComposeSpec:
    return ComposeSpec(template_id=template, animate=False, **fields)


SPECS: dict[str, Callable[[str, str], TaskSpec]] = {
    "extract_audio": lambda name, _: ExtractAudioSpec(video_file=name),
    "avatar": lambda name, _: AvatarSpec(sample_video=name),
    "film": lambda name, _: DigitalHumanSpec(sample_video=name, speech_audio="short.wav"),
    "own_voice": lambda name, _: DigitalHumanSpec(sample_video=name, speech_text="好。"),
    "speech": lambda name, _: DigitalHumanSpec(sample_video="face.mp4", speech_audio=name),
    "reference": lambda name, _: VoiceSpec(text="好。", reference_audio=name),
    "voice_profile": lambda name, _: VoiceProfileSpec(audio_file=name),
    "video_voice": lambda name, _: VoiceProfileSpec(video_file=name),
    "spoken": lambda name, template: _compose(template, audio_file=name),
    "music": lambda name, template: _compose(
        template, audio_file="short.wav", background_music=name
    ),
    "person": lambda name, _: _template(name, "background.jpg"),
    "background": lambda name, _: _template("photo.png", name),
}
"""A use of a file, as `Case.uses` names it: the task that it is an input of, by the file's name and
the id of a template."""
_SPOKEN = ("spoken", "music")


@dataclass(frozen=True)
class Ending:
    """`code`: completed, the error code of a refused upload or a failed task, or unfinished."""

    code: str
    where: str
    """`upload` or `job`."""
    warnings: tuple[str, ...] = ()
    detail: str = ""
    """The last traceback that a job logged, where it was at fault itself."""


class Tracebacks(logging.Handler):
    """Remembers the last exception that was logged as an error or a warning."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.last = logging.Formatter().formatException(record.exc_info)


@dataclass
class Desk:
    """One process's cloud in memory, and a runner that keeps its models between tasks."""

    work_dir: Path
    goods: Path
    threads: int = 2
    _tracebacks: Tracebacks = field(default_factory=Tracebacks)

    def __post_init__(self) -> None:
        logging.getLogger("gpu_jobs").addHandler(self._tracebacks)
        for name, kind in _GOODS.items():
            self._upload(kind, name, self.goods / name)

    def run(self, kind: FileType, filename: str, path: Path, use: str) -> Ending:
        """Upload a file and run the task that uses it."""
        refused = self._upload(kind, filename, path)
        if refused is not None:
            return Ending(refused, "upload")
        spec = SPECS[use](filename, self._template if use in _SPOKEN else "")
        if use == "speech":
            self._avatar  # noqa: B018 - made once
        self._tracebacks.last = ""
        before = self._objects()
        try:
            task = self._carry(spec)
        finally:
            self._forget(kind, filename, before)
        if task.result is not None:
            return Ending("completed", "job", tuple(task.result["data"].get("warnings", ())))
        detail = self._tracebacks.last
        return Ending(task.error_code or "unfinished", "job", detail=detail)

    @cached_property
    def _template(self) -> str:
        """A template in the library, as a task makes it."""
        task = self._carry(_template("photo.png", "background.jpg"))
        assert task.result is not None, task
        return task.task_id

    @cached_property
    def _avatar(self) -> str:
        """The avatar of the good clip."""
        return self._carry(AvatarSpec(sample_video="face.mp4")).task_id

    def _carry(self, spec: TaskSpec) -> TaskRecord:
        new = NewTask("public", spec, "digest", (), 3600, 3600)
        tasks = self._cloud.tasks
        task = tasks.dispatch(tasks.create(new).task.task_id, 3600)
        self._runner.run(task.task_id, task.attempt)
        done = tasks.get(task.task_id)
        assert done is not None
        return done

    def _upload(self, kind: FileType, filename: str, path: Path) -> str | None:
        """Put a file into the bucket as a client would; the code with which it was refused."""
        key = f"uploads/public/{kind}/{filename}"
        new = NewFile(
            owner="public",
            file_type=kind,
            filename=filename,
            file_size=path.stat().st_size,
            mime_type="application/octet-stream",
            key=key,
            expires_at=int(system_clock()) + 3600,
        )
        self._cloud.files.register(new)
        self._cloud.media.upload(path, key, content_type=new.mime_type)
        handle_upload(self._dispatcher, key)
        file = self._cloud.files.get("public", kind, filename)
        assert file is not None
        if file.status is FileStatus.READY:
            return None
        self._cloud.files.delete(file)
        return file.error_code or str(file.status)

    def _forget(self, kind: FileType, filename: str, before: set[str]) -> None:
        """Uploads and results would fill the memory that is measured."""
        for key in self._objects() - before:
            self._cloud.media.delete(key)
        file = self._cloud.files.get("public", kind, filename)
        if file is not None:
            self._cloud.media.delete(file.key)
            self._cloud.files.delete(file)

    def _objects(self) -> set[str]:
        media = self._cloud.media
        listed = media.client.list_objects_v2(Bucket=media.bucket)
        return {found["Key"] for found in listed.get("Contents", ())}

    @cached_property
    def _cloud(self) -> MotoCloud:
        os.environ |= {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            # moto holds on to every object that it ever had: they go to files, not into the
            # memory that is measured.
            "MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": "65536",
        }
        mock_aws().start()
        name = f"hostile-{short_id()}"
        table, media, queue = Table(name), MediaStore(name), TaskQueue("any")
        table.client.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", **table_properties()
        )
        media.client.create_bucket(Bucket=name)
        url = queue.client.create_queue(QueueName=name)["QueueUrl"]
        return MotoCloud(table, media, TaskQueue(url, queue.client), url, system_clock)

    @cached_property
    def _dispatcher(self) -> Dependencies:
        cloud = self._cloud
        return Dependencies(
            DispatchSettings(
                table_name=cloud.table.name,
                bucket_name=cloud.media.bucket,
                task_queue_url=cloud.queue_url,
                job_queue_speaking="-",
                job_queue_editing="-",
                job_queue_speaking_segments="-",
                job_queue_editing_segments="-",
                job_definition_speaking="-",
                job_definition_editing="-",
            )
        )

    @cached_property
    def _runner(self) -> Runner:
        settings: dict[str, Any] = {"weights_dir": WEIGHTS, "threads": self.threads}
        runner = runner_of(self._cloud, self.work_dir, lambda: None, **settings)
        jobs = JobCache(partial(make_job, settings=runner.settings))
        return replace(runner, jobs=jobs)
