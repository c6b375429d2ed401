"""Sharing a long video out: the side of the job that cut it.

The job offers its segments, asks the dispatcher for helpers, and goes to work on them itself. Its
helpers (`assist.py`) take what is free. Whether none comes, some die or all do, every segment gets
made: what nobody finishes becomes free again, and the job takes it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.cloud.media_store import MediaStore
from dh_core.cloud.messages import SegmentsChanged
from dh_core.cloud.task_queue import EnqueueFailed, TaskQueue
from dh_core.store import Claim, SegmentState, SegmentStore, TaskStore
from gpu_jobs.fanout.segment_folder import SegmentFolder
from gpu_jobs.fanout.segment_lease import SegmentLease
from gpu_jobs.jobs.cancellation import CancellationToken
from gpu_jobs.jobs.job import StageReport

logger = logging.getLogger(__name__)

_WAIT_SECONDS = 0.2
"""Between looks, while the last segments are in other hands."""


@dataclass(frozen=True)
class FanOut:
    """What a worker needs to share work out; `for_task` makes one task's `job.Helpers`.

    `from_seconds`: how much speech is worth it.
    """

    from_seconds: float
    segments: SegmentStore
    tasks: TaskStore
    media: MediaStore
    queue: TaskQueue

    def for_task(self, claim: Claim, token: CancellationToken) -> TaskHelpers:
        return TaskHelpers(self, claim, token)


@dataclass(frozen=True)
class TaskHelpers:
    """Implements `gpu_jobs.jobs.job.Helpers` for one claim."""

    fan_out: FanOut
    claim: Claim
    token: CancellationToken

    @property
    def from_seconds(self) -> float:
        return self.fan_out.from_seconds

    def share(
        self,
        material: Sequence[Path],
        targets: Sequence[Path],
        make: Callable[[int, Path, StageReport], None],
        report: StageReport,
    ) -> None:
        """Make segment n at `targets[n]`, for all n, here or wherever help comes from."""
        segments, claim = self.fan_out.segments, self.claim
        folder = SegmentFolder(self.fan_out.media, claim, self.token.check)
        for file in material:
            folder.offer(file)
        segments.open(claim, len(targets))
        try:
            self._enqueue()
            own = self._work(targets, make, report)
            for record in segments.all(claim):
                if record.number not in own:
                    folder.get(record, targets[record.number])
            logger.info(
                "%d of %d segments came from helpers", len(targets) - len(own), len(targets)
            )
        finally:
            # Also after a failure: the task may end before its helpers look.
            self._enqueue()
            self._clear(folder)

    def _work(
        self,
        targets: Sequence[Path],
        make: Callable[[int, Path, StageReport], None],
        report: StageReport,
    ) -> set[int]:
        """Take segments until all are done; returns those that were made here."""
        segments, claim, worker = self.fan_out.segments, self.claim, self.claim.worker
        own: set[int] = set()
        count = len(targets)
        with SegmentLease(segments, self.fan_out.tasks, claim, worker, self.token) as lease:
            while True:
                known = segments.all(claim)
                done = sum(one.state is SegmentState.DONE for one in known)
                report(done / count)
                if done == count:
                    return own
                number = segments.take(claim, worker, known)
                if number is None:
                    time.sleep(_WAIT_SECONDS)
                    continue
                lease.hold(number)
                make(number, targets[number], _within(report, done, count))
                lease.hold(None)
                if segments.finish(claim, number, worker):
                    own.add(number)

    def _enqueue(self) -> None:
        try:
            self.fan_out.queue.send(
                SegmentsChanged(task_id=self.claim.task_id, attempt=self.claim.attempt)
            )
        except EnqueueFailed:
            # Nobody helps, or helpers that nobody ends find nothing to do.
            logger.exception("the dispatcher could not be told about segments")

    def _clear(self, folder: SegmentFolder) -> None:
        try:
            folder.delete()
        except CLOUD_ERRORS:
            # They go with the task, or after the days for which results are kept.
            logger.exception("segments were not deleted")


def _within(report: StageReport, done: int, count: int) -> StageReport:
    """Reports one segment's progress as that of all."""

    def within(fraction: float) -> None:
        report((done + fraction) / count)

    return within
