"""Helps a running task with its segments: `python -m gpu_jobs assist --task-id ID --attempt N`.

A helper claims free segments one after another until none is left, and ends. It writes nothing
but segments, each on condition that the task still runs under the claim that it found at its
start; when that is over, so is the helper, quietly. What it dies with in hand becomes free again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from dh_core.clock import new_id
from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.cloud.media_store import MediaStore, ObjectMissing
from dh_core.errors import TaskCancelled, TransientError, TransitionRefused, WorkDiskFull
from dh_core.settings import JobSettings
from dh_core.store import Claim, SegmentStore, TaskStore
from gpu_jobs.engines.lipsync import LipSyncEngine
from gpu_jobs.fanout.segment_folder import SegmentFolder
from gpu_jobs.fanout.segment_lease import SegmentLease
from gpu_jobs.jobs.cancellation import CancellationToken, Shutdown
from gpu_jobs.jobs.steps.lips.segment_film import MATERIAL, LipSegments, OtherRelease
from gpu_jobs.media.processes.work_folder import private_folder
from gpu_jobs.telemetry.log_context import bind_task
from gpu_jobs.telemetry.metering import Meter

logger = logging.getLogger(__name__)

_GOLDEN = 0.6180339887
"""Multiples of it, without their whole part, lie apart from one another however many there are."""


class Help(StrEnum):
    """How a helper's work ended."""

    NOT_NEEDED = "not needed"
    """All segments are made or in other hands, or the task is not there to be helped."""
    INTERRUPTED = "interrupted"
    """Its machine is going away; on another it may help on."""


@dataclass(frozen=True, slots=True)
class _Shift:
    """What one helper works with, from its start to its end."""

    claim: Claim
    worker: str
    folder: Path
    shared: SegmentFolder
    lease: SegmentLease
    token: CancellationToken


@dataclass(frozen=True)
class Assistant:
    """One helper. `make_engine` loads the lip-sync engine."""

    settings: JobSettings
    work_dir: Path
    tasks: TaskStore
    segments: SegmentStore
    media: MediaStore
    make_engine: Callable[[], LipSyncEngine[Any, Any]]
    shutdown: Shutdown

    def run(self, task_id: str, attempt: int) -> Help:
        """Help until there is nothing left to do."""
        with bind_task(task_id, attempt):
            task = self.tasks.get(task_id)
            claim = None if task is None else task.claim
            if task is None or claim is None or claim.attempt != attempt:
                logger.info("nobody needs help with attempt %d of %s any more", attempt, task_id)
                return Help.NOT_NEEDED
            meter = Meter(self.settings.gpu_count)
            try:
                return self._help(claim)
            finally:
                self._charge(claim, task.owner, meter)

    def _help(self, claim: Claim) -> Help:
        worker = new_id()
        try:
            with (
                private_folder(self.work_dir) as folder,
                self.shutdown.new_token() as token,
                SegmentLease(self.segments, self.tasks, claim, worker, token) as lease,
            ):
                shared = SegmentFolder(self.media, claim, token.check)
                self._work(_Shift(claim, worker, folder, shared, lease, token))
        except (TaskCancelled, TransitionRefused, ObjectMissing):
            logger.info("the task moved on; its segments are not wanted any more")
        except OtherRelease as error:
            logger.warning("the video was planned by another release: %s", error)
        except WorkDiskFull as error:
            # The task's own job makes the segment, on its own disk.
            logger.error("helping failed on our side", exc_info=error)
        except TransientError as error:
            logger.warning("helping was interrupted: %s", error)
            return Help.INTERRUPTED
        return Help.NOT_NEEDED

    def _work(self, shift: _Shift) -> None:
        # Before anything is fetched: a helper that starts late may find all done.
        if not self.segments.has_free(shift.claim):
            return
        for name in MATERIAL:
            shift.shared.fetch(name, shift.folder / name)
        video = LipSegments.load(self.make_engine(), shift.folder)
        try:
            while (number := self._take(shift)) is not None:
                shift.lease.hold(number)
                try:
                    self._make(video, number, shift)
                except BaseException:
                    # So that another need not wait for the lease to run out.
                    self._release(number, shift)
                    raise
                finally:
                    shift.lease.hold(None)
        finally:
            video.avatar.close()

    def _take(self, shift: _Shift) -> int | None:
        known = self.segments.all(shift.claim)
        # The task's own job begins at the front; helpers begin where the others do not.
        turn = (self.settings.aws_batch_job_array_index + 1) * _GOLDEN % 1
        start = int(turn * len(known))
        return self.segments.take(shift.claim, shift.worker, known, start=start)

    def _make(self, video: LipSegments[Any, Any], number: int, shift: _Shift) -> None:
        target = shift.folder / f"segment-{number:04d}.mp4"
        video.make(number, target, lambda _: shift.token.check())
        shift.shared.put(number, shift.worker, target)
        if self.segments.finish(shift.claim, number, shift.worker):
            logger.info("segment %d is made", number)
        target.unlink()

    def _release(self, number: int, shift: _Shift) -> None:
        try:
            self.segments.release(shift.claim, number, shift.worker)
        except CLOUD_ERRORS:
            logger.exception("segment %d was not given back; its lease will run out", number)

    def _charge(self, claim: Claim, owner: str, meter: Meter) -> None:
        """What a helper uses is the task's, though it is no attempt at it."""
        try:
            usage = replace(meter.of(None), attempts=0)
            self.tasks.record_usage(claim.task_id, owner, usage)
        except CLOUD_ERRORS:
            logger.exception("could not note what helping %s cost", claim.task_id)
