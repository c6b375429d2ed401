"""Carries one attempt of a task: claim → fetch → run → label → upload → finish.

Every write is fenced by the claim. Whatever goes wrong, the task ends in exactly one way: it is
finished or failed here, it was cancelled meanwhile, or it is left `running` for the lease (or the
job's exit status 75) to bring it back.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from dh_core.aigc import AigcLabel
from dh_core.clock import Clock, system_clock
from dh_core.cloud_errors import CLOUD_ERRORS
from dh_core.errors import (
    InputMissing,
    InternalJobError,
    JobError,
    TaskCancelled,
    TransientError,
    TransitionRefused,
)
from dh_core.media_store import MediaStore, ObjectMissing, generated_key
from dh_core.polling import PastRuns
from dh_core.settings import JobSettings
from dh_core.spec_base import SpokenSpec, TaskSpec
from dh_core.specs import ComposeSpec, TemplateEditSpec, parse_spec
from dh_core.store import Claim, FileStore, PastRunStore, TaskRecord, TaskStore
from dh_core.store.table import Write
from dh_core.tasks import TaskType
from gpu_jobs.avatar_cache import BucketAvatarCache
from gpu_jobs.declaration import declare
from gpu_jobs.earlier_results import EarlierResults
from gpu_jobs.heartbeat import Heartbeat
from gpu_jobs.job import Job, JobContext, JobOutput, SavedTemplate, Stage
from gpu_jobs.metering import Meter
from gpu_jobs.progress import Progress
from gpu_jobs.stopping import StopSwitch
from gpu_jobs.template_library import TemplateLibrary
from gpu_jobs.voice_library import VoiceLibrary

logger = logging.getLogger(__name__)

FETCH = Stage("fetch", 3)
LABEL = Stage("label", 2)
UPLOAD = Stage("upload", 5)
JOB_WEIGHT = 90.0


_MAY_PASS = (TransientError, MemoryError, OSError, *CLOUD_ERRORS)


class ExitStatus(IntEnum):
    """The container's exit status, as the job definition's evaluateOnExit reads it."""

    OK = 0
    TASK_FAILED = 1
    TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h


JobFactory = Callable[[TaskSpec], Job[Any]]


@dataclass(frozen=True)
class Runner:
    """Runs attempts with the given stores. `make_job` gives the job for a spec."""

    settings: JobSettings
    work_dir: Path
    tasks: TaskStore
    files: FileStore
    media: MediaStore
    voices: VoiceLibrary
    past_runs: PastRunStore
    templates: TemplateLibrary
    make_job: JobFactory
    switch: StopSwitch
    clock: Clock = system_clock

    def run(self, task_id: str, attempt: int) -> ExitStatus:
        """Carry an attempt to its end and say how the process should exit."""
        try:
            claim = self.tasks.start(
                task_id, attempt, self.settings.aws_batch_job_attempt, self.settings.lease_seconds
            )
        except TransitionRefused:
            logger.info("attempt %d of %s is not wanted any more", attempt, task_id)
            return ExitStatus.OK
        task = self.tasks.get(task_id)
        if task is None:
            return ExitStatus.OK
        meter = Meter(self.settings.gpu_count)
        try:
            self._carry(task, claim, meter)
        except Exception as error:
            return self._end_badly(task, claim, meter, self.switch.error() or error)
        finally:
            self.switch.unwound()
        logger.info("task completed: %s", task_id)
        return ExitStatus.OK

    def _carry(self, task: TaskRecord, claim: Claim, meter: Meter) -> None:
        spec = parse_spec(task.spec)
        loading = Progress((FETCH,), self.switch.check)
        # Loading models may include fetching them, longer than a lease.
        with Heartbeat(self.tasks, claim, loading, self.switch, self.settings.lease_seconds):
            job = self.make_job(spec)
        progress = Progress(_all_stages(job), self.switch.check)
        with (
            _private_folder(self.work_dir) as folder,
            Heartbeat(self.tasks, claim, progress, self.switch, self.settings.lease_seconds),
        ):
            inputs = self._fetch(task, spec, folder, progress)
            template = self._fetch_template(task, spec, folder)
            job.setup()
            label = AigcLabel.for_content(
                producer=self.settings.content_producer, content_id=task.task_id
            )
            avatars = BucketAvatarCache(
                self.media, self.files, task.owner, spec.inputs(), self.switch.check
            )
            context = JobContext(inputs, folder, progress, label, avatars, template)
            output = job.run(spec, context)
            declare(output, progress.stage(LABEL.name))
            result = self._upload(task, claim, output, progress)
            also = self._keep(task, claim, output)
            self.switch.check()
        replaced = self._replaced(task, output)
        done = self.tasks.complete(claim, result, usage=meter.of(result), also=also)
        self._remember(done, spec)
        if replaced is not None:
            self.templates.drop(replaced)

    def _remember(self, task: TaskRecord, spec: TaskSpec) -> None:
        """Let later tasks of this kind know how long one takes. The task is done either way."""
        if task.started_at is None:
            return
        run = PastRuns(
            engine=self.settings.engines,
            wait=float(task.started_at - task.queued_at),
            run=self.clock() - task.started_at,
            characters=float(spec.characters()),
        )
        try:
            self.past_runs.add(task.type, run)
        except CLOUD_ERRORS:
            logger.exception("could not note how long %s took", task.task_id)

    def _fetch(
        self, task: TaskRecord, spec: TaskSpec, folder: Path, progress: Progress
    ) -> dict[str, Path]:
        report = progress.stage(FETCH.name)
        wanted = spec.inputs()
        paths: dict[str, Path] = {}
        for done, (name, file) in enumerate(wanted.items()):
            record = self.files.get(task.owner, file.file_type, file.filename)
            # Our own name: nothing downstream ever sees one that a user chose.
            path = folder / f"input-{name}"
            try:
                if record is None:
                    raise ObjectMissing
                self.media.download(record.key, path, on_bytes=lambda _: self.switch.check())
            except ObjectMissing as error:
                raise InputMissing(
                    f"{file.filename} was deleted; upload it and create the task again."
                ) from error
            paths[name] = path
            report((done + 1) / len(wanted))
        if isinstance(spec, SpokenSpec) and spec.saved_voice is not None:
            paths["voice_id"] = folder / "input-voice_id"
            self.voices.fetch(task.owner, spec.saved_voice, paths["voice_id"], self.switch.check)
        if isinstance(spec, ComposeSpec) and spec.audio_task is not None:
            earlier = EarlierResults(self.tasks, self.media)
            paths |= earlier.fetch_sound(task.owner, spec.audio_task, folder, self.switch.check)
        return paths

    def _fetch_template(
        self, task: TaskRecord, spec: TaskSpec, folder: Path
    ) -> SavedTemplate | None:
        if not isinstance(spec, TemplateEditSpec | ComposeSpec):
            return None
        return self.templates.fetch(task.owner, spec.template_id, folder, self.switch.check)

    def _upload(
        self, task: TaskRecord, claim: Claim, output: JobOutput, progress: Progress
    ) -> dict[str, Any]:
        report = progress.stage(UPLOAD.name)
        files: dict[str, dict[str, Any]] = {}
        for done, (role, file) in enumerate(output.files.items()):
            key = generated_key(task.task_id, claim.output_folder, file.path.name)
            size = self.media.upload(file.path, key, content_type=file.content_type)
            files[role] = {
                "key": key,
                "content_type": file.content_type,
                "filename": f"{task.uuid}{file.suffix}",
                "size": size,
            }
            report((done + 1) / len(output.files))
        return {"files": files, "data": dict(output.data)}

    def _keep(self, task: TaskRecord, claim: Claim, output: JobOutput) -> tuple[Write, ...]:
        """Writes for the completing transaction, whose objects are in the bucket already."""
        if output.voice is not None:
            return (self.voices.keep(task, claim, output.voice),)
        if output.template is not None:
            return (self.templates.keep(task, claim, output.template),)
        return ()

    def _replaced(self, task: TaskRecord, output: JobOutput) -> str | None:
        """The folder of the pictures that completing this edit makes superfluous."""
        if output.template is None:
            return None
        return self.templates.folder_in_use(task.owner, output.template.template_id)

    def _end_badly(
        self, task: TaskRecord, claim: Claim, meter: Meter, error: Exception
    ) -> ExitStatus:
        if isinstance(error, TaskCancelled | TransitionRefused):
            logger.info("attempt abandoned: %s", claim.task_id)
            if not self._discard(task, claim):
                self._charge(task, meter)
            return ExitStatus.OK
        if isinstance(error, _MAY_PASS):
            logger.warning("attempt failed, may be tried again: %s", error, exc_info=error)
            self._charge(task, meter)
            return ExitStatus.TRY_AGAIN
        failure = error if isinstance(error, JobError) else InternalJobError()
        if isinstance(failure, InternalJobError):
            logger.error("job failed on our side", exc_info=error)
        else:
            logger.info("task failed: %s %s", failure.error_code, failure.message)
        try:
            self.tasks.fail(
                claim.task_id,
                code=failure.error_code,
                message=failure.message,
                claim=claim,
                usage=meter.of(None),
            )
        except TransitionRefused:
            self._charge(task, meter)
        return ExitStatus.TASK_FAILED

    def _charge(self, task: TaskRecord, meter: Meter) -> None:
        """Note what an attempt cost that did not end its task."""
        try:
            self.tasks.record_usage(task.task_id, task.owner, meter.of(None))
        except CLOUD_ERRORS:
            logger.exception("could not note what an attempt of %s cost", task.task_id)

    def _discard(self, task: TaskRecord, claim: Claim) -> bool:
        """Delete what an abandoned run uploaded. It is invisible either way, so this may fail.

        Returns whether the run had completed its task after all.
        """
        try:
            now = self.tasks.get(claim.task_id)
            if now is not None and now.result is not None and now.worker == claim.worker:
                # Our finishing write arrived, only its answer was lost.
                return True
            self.media.delete_folder(generated_key(claim.task_id, claim.output_folder, ""))
            if task.type is TaskType.VOICE_PROFILE:
                self.voices.discard(task, claim)
            if task.type is TaskType.TEMPLATE:
                self.templates.discard(task, claim, task.task_id)
            if task.type is TaskType.TEMPLATE_EDIT:
                spec = parse_spec(task.spec)
                assert isinstance(spec, TemplateEditSpec)
                self.templates.discard(task, claim, spec.template_id)
        except CLOUD_ERRORS:
            logger.exception("could not delete the output of %s", claim.task_id)
        return False


def _all_stages(job: Job[Any]) -> tuple[Stage, ...]:
    total = sum(stage.weight for stage in job.stages)
    scaled = (Stage(stage.name, stage.weight / total * JOB_WEIGHT) for stage in job.stages)
    return (FETCH, *scaled, LABEL, UPLOAD)


@contextmanager
def _private_folder(parent: Path) -> Iterator[Path]:
    """A folder that only this process may enter, gone at the end of the block."""
    parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="task-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
