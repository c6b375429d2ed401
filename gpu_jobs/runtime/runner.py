"""Carries one attempt of a task: claim → fetch → run → label → upload → finish.

The result of a moderated task is withheld at its end, and the dispatcher shows it.

Every write is fenced by the claim. Whatever goes wrong, the task ends in exactly one way: it is
finished or failed here, it was cancelled meanwhile, or it is left `running` for the lease (or the
job's exit status 75) to bring it back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from dh_core.clock import Clock, system_clock
from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.errors import (
    DigitalHumanError,
    InternalJobError,
    JobError,
    TaskCancelled,
    TransientError,
    TransitionRefused,
)
from dh_core.files.aigc import AigcLabel
from dh_core.settings import JobSettings
from dh_core.specs.base import TaskSpec
from dh_core.store import Claim, PastRunStore, TaskRecord, TaskStore
from dh_core.tasks.polling import PastRuns
from gpu_jobs.fanout.coordinator import FanOut
from gpu_jobs.jobs.cancellation import CancellationToken, Shutdown
from gpu_jobs.jobs.job import Job, JobContext, JobOutput, Stage
from gpu_jobs.media.processes.work_folder import private_folder
from gpu_jobs.runtime.ai_label import declare
from gpu_jobs.runtime.heartbeat import Heartbeat
from gpu_jobs.runtime.job_cache import JobCache
from gpu_jobs.runtime.progress import Progress
from gpu_jobs.runtime.storage.inputs import Inputs
from gpu_jobs.runtime.storage.learnt_cache import BucketLearntCache
from gpu_jobs.runtime.storage.preview import BucketPreview
from gpu_jobs.runtime.storage.results import Results
from gpu_jobs.runtime.storage.samples import Samples
from gpu_jobs.telemetry import attempt_metrics
from gpu_jobs.telemetry.log_context import bind_task
from gpu_jobs.telemetry.metering import Meter

logger = logging.getLogger(__name__)

FETCH = Stage("fetch", 3)
WORK = Stage("work", 90)
"""Stands for the job's own stages until the job is known."""
LABEL = Stage("label", 2)
UPLOAD = Stage("upload", 5)
SETUP = "setup"
"""Loading the job's programs and models. Its share is what it took in past runs."""
_FIRST_RUN = PastRuns(engine="", wait=0, run=30, characters=0, setup=8)
"""What a first run is taken for, to show progress; it is no promise."""


_MAY_PASS = (TransientError, MemoryError, OSError, *CLOUD_ERRORS)


Begun = Callable[[TaskRecord], None]


class Outcome(StrEnum):
    """How an attempt ended for the worker that carried it."""

    COMPLETED = "completed"
    FAILED = "failed"
    ABANDONED = "abandoned"
    """Cancelled, or fenced off by another attempt."""
    UNFINISHED = "unfinished"
    """It failed for a reason that may pass; the task still counts on this attempt."""
    SKIPPED = "skipped"
    """The task was not there to be taken: cancelled, done, or in other hands."""


@dataclass(frozen=True)
class Runner:
    """Runs attempts with the given stores, one at a time."""

    settings: JobSettings
    work_dir: Path
    tasks: TaskStore
    inputs: Inputs
    results: Results
    past_runs: PastRunStore
    jobs: JobCache
    shutdown: Shutdown
    samples: Samples
    fan_out: FanOut | None = None
    """None where long videos are not shared out."""
    clock: Clock = system_clock

    def run(self, task_id: str, attempt: int, begun: Begun = lambda _: None) -> Outcome:
        """Claim an attempt that was submitted to this process, and carry it to its end.

        `begun` is told of the task once it is claimed.
        """
        try:
            claim = self.tasks.start(
                task_id, attempt, self.settings.aws_batch_job_attempt, self.settings.lease_seconds
            )
        except TransitionRefused:
            logger.info("attempt %d of %s is not wanted any more", attempt, task_id)
            return Outcome.SKIPPED
        return self.carry(claim, begun)

    def carry(self, claim: Claim, begun: Begun = lambda _: None) -> Outcome:
        """Carry a claimed task to its end. Raises botocore's errors if even the end fails."""
        with bind_task(claim.task_id, claim.attempt):
            task = self.tasks.get(claim.task_id)
            if task is None:
                return Outcome.SKIPPED
            begun(task)
            meter = Meter(self.settings.gpu_count)
            preview = BucketPreview(self.results.media, self.tasks, claim)
            measured = attempt_metrics.measured(task.type, meter, self.settings.gpu_count)
            try:
                with measured, self.shutdown.new_token() as token:
                    self._carry(task, claim, meter, token, preview)
            except Exception as error:
                return self._end_badly(task, claim, meter, error)
            finally:
                preview.remove()
            logger.info("task completed: %s", claim.task_id)
            return Outcome.COMPLETED

    def _carry(
        self,
        task: TaskRecord,
        claim: Claim,
        meter: Meter,
        token: CancellationToken,
        preview: BucketPreview,
    ) -> None:
        spec = self.tasks.spec(task.task_id)
        progress = self._progress(task, spec, token)
        # The heart beats before the models are loaded, which may take longer than a lease.
        with (
            private_folder(self.work_dir) as folder,
            Heartbeat(self.tasks, claim, progress, token, self.settings.lease_seconds),
        ):
            report = progress.stage(FETCH.name)
            inputs = self.inputs.fetch(task.owner, spec, folder, report, token.check)
            if spec.evidence is not None:
                self.results.keep_evidence(task, inputs.uploads[spec.evidence])
            if task.is_moderated:
                self.samples.of_inputs(task, claim, inputs, folder, token.check)
            progress.stage(SETUP)
            loads = not self.jobs.holds(spec)
            job = self.jobs.set_up(spec)
            progress.divide(WORK.name, job.stages)
            label = AigcLabel.for_content(
                producer=self.settings.content_producer, content_id=task.task_id
            )
            avatars, voices = (
                BucketLearntCache(
                    self.inputs.media, self.inputs.files, task.owner, source, token.check
                )
                for source in (spec.avatar_source, spec.voice_source)
            )
            helpers = self.fan_out.for_task(claim, token) if self.fan_out else None
            shown = spec.agreement is None
            watched = None if task.is_moderated else preview
            context = JobContext(
                inputs, folder, progress, label, avatars, helpers, voices, watched, shown
            )
            output = self._run(job, spec, context)
            declare(output, progress.stage(LABEL.name))
            if task.is_moderated:
                self.samples.of_output(task, claim, output, folder, token.check)
            result = self.results.upload(task, claim, output, progress.stage(UPLOAD.name))
            also = self.results.keep(task, claim, spec, output)
            token.check()
        replaced = self.results.replaced(task, output)
        usage = meter.of(result)
        if task.is_moderated:
            lease = self.settings.lease_seconds
            done = self.tasks.withhold(
                claim, result, lease_seconds=lease, usage=usage, also=also, replaces=replaced
            )
            self.samples.tell(task)
        else:
            done = self.tasks.complete(claim, result, usage=usage, also=also)
        attempt_metrics.completed(task.type, progress.times.seconds(), usage)
        self._remember(done, spec, progress.times.seconds().get(SETUP, 0.0) if loads else 0.0)
        if replaced is not None and not task.is_moderated:
            self.results.templates.drop(replaced)
        self.results.clear_up(task, claim)

    def _progress(self, task: TaskRecord, spec: TaskSpec, token: CancellationToken) -> Progress:
        try:
            past = self.past_runs.get(task.type)
        except CLOUD_ERRORS:
            past = None
        usual = past or _FIRST_RUN
        expected = usual.expected_run(spec.characters())
        loading = 0.0 if self.jobs.holds(spec) else min(usual.setup / expected, 0.9)
        rest = FETCH.weight + WORK.weight + LABEL.weight + UPLOAD.weight
        setup = Stage(SETUP, rest * loading / (1 - loading))
        return Progress((FETCH, setup, WORK, LABEL, UPLOAD), token.check, expected)

    def _run(self, job: Job[Any], spec: TaskSpec, context: JobContext) -> JobOutput:
        try:
            return job.run(spec, context)
        except DigitalHumanError:
            raise
        except Exception:
            # A bug: nobody knows what state it left the job in.
            self.jobs.forget(spec)
            raise

    def _remember(self, task: TaskRecord, spec: TaskSpec, setup: float) -> None:
        """Let later tasks of this kind know how long one takes. The task is done either way."""
        if task.started_at is None:
            return
        run = PastRuns(
            engine=self.settings.engines,
            wait=float(task.started_at - task.queued_at),
            run=self.clock() - task.started_at,
            characters=float(spec.characters()),
            setup=setup,
        )
        try:
            self.past_runs.add(task.type, run)
        except CLOUD_ERRORS:
            logger.exception("could not note how long %s took", task.task_id)

    def _end_badly(self, task: TaskRecord, claim: Claim, meter: Meter, error: Exception) -> Outcome:
        if isinstance(error, TaskCancelled | TransitionRefused):
            logger.info("attempt abandoned: %s", claim.task_id)
            self._give_up(task, claim, meter)
            return Outcome.ABANDONED
        if isinstance(error, _MAY_PASS) and not isinstance(error, JobError):
            logger.warning("attempt failed, may be tried again: %s", error, exc_info=error)
            self._give_up(task, claim, meter)
            return Outcome.UNFINISHED
        failure = error if isinstance(error, JobError) else InternalJobError()
        if isinstance(failure, InternalJobError):
            logger.error("job failed on our side", exc_info=error)
        else:
            # Without the message: it may name a file as its owner called it.
            logger.info("task failed: %s", failure.error_code)
        try:
            self.tasks.fail(
                claim.task_id,
                code=failure.error_code,
                message=failure.message,
                claim=claim,
                usage=meter.of(None),
            )
        except TransitionRefused:
            self._give_up(task, claim, meter)
        return Outcome.FAILED

    def _give_up(self, task: TaskRecord, claim: Claim, meter: Meter) -> None:
        """Of an attempt that did not end its task, as far as it knows."""
        if not self.results.discard(task, claim):
            self._charge(task, meter)

    def _charge(self, task: TaskRecord, meter: Meter) -> None:
        """Note what an attempt cost that did not end its task."""
        try:
            self.tasks.record_usage(task.task_id, task.owner, meter.of(None))
        except CLOUD_ERRORS:
            logger.exception("could not note what an attempt of %s cost", task.task_id)
