"""The jobs that the local AWS Batch knows: in a file while they matter, told as they change."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from infra.local.batch.arrays import array_properties, parent_id, parent_status
from infra.local.batch.jobs import Job, JobDefinition, Status
from infra.local.data_dir import write_private
from infra.local.lambdas.events import event_bridge_event

log = logging.getLogger(__name__)

_REMEMBERED_JOBS = 500


class JobRecords:
    """By id, in the order in which they came. The caller sees to it that one thread writes."""

    def __init__(
        self,
        definitions: Mapping[str, JobDefinition],
        state: Path,
        on_event: Callable[[dict[str, Any]], None],
    ) -> None:
        self._definitions = definitions
        self._state = state
        self._on_event = on_event
        self._jobs: dict[str, Job] = {}

    def add(self, jobs: Collection[Job]) -> None:
        """Take new ones in; old ones that are over are forgotten beyond some hundreds."""
        over = [job.id for job in self._jobs.values() if job.is_over]
        for job_id in over[: max(0, len(self._jobs) - _REMEMBERED_JOBS)]:
            del self._jobs[job_id]
        self._jobs |= {job.id: job for job in jobs}
        for job in jobs:
            self.move(job, "SUBMITTED")

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def children(self, parent: Job) -> list[Job]:
        """Of an array job; none of any other."""
        return [job for job in self._jobs.values() if parent_id(job) == parent.id]

    def waiting(self, queues: Mapping[str, int]) -> list[Job]:
        """What could run: by the priority of its queue, then as it came."""
        jobs = [
            job
            for job in self._jobs.values()
            if job.status in {"SUBMITTED", "RUNNABLE"} and job.array_size is None
        ]
        return sorted(jobs, key=lambda job: -queues.get(job.queue, 0))

    def detail(self, job: Job) -> dict[str, Any]:
        """The job as DescribeJobs and the state-change event show it."""
        detail = job.detail(self._definitions[job.definition])
        if job.array_size is not None:
            detail["arrayProperties"] = array_properties(job, self.children(job))
        return detail

    def move(self, job: Job, status: Status) -> None:
        """Set a job's status, keep it, tell it; an array job follows its children."""
        job.status = status
        self._save()
        self._on_event(
            event_bridge_event(
                source="aws.batch",
                detail_type="Batch Job State Change",
                detail=self.detail(job),
                resources=[job.arn],
            )
        )
        parent = self._parent(job)
        if parent is not None:
            following = parent_status(self.children(parent))
            if following != parent.status:
                self.move(parent, following)

    def _save(self) -> None:
        unfinished = [known.to_dict() for known in self._jobs.values() if self._matters(known)]
        try:
            write_private(self._state, json.dumps(unfinished))
        except OSError:
            # A full disk. The jobs run on; after a restart the sweep finds their tasks.
            log.exception("the list of jobs cannot be written")

    def restore(self) -> list[Job]:
        """Read the file of the last run; returns the jobs that ran when it ended."""
        try:
            records = json.loads(self._state.read_text())
        except (FileNotFoundError, ValueError):
            return []
        for record in records:
            job = Job(**record)
            if job.definition in self._definitions:
                self._jobs[job.id] = job
            else:
                log.error("job %s: definition %s is gone", job.id, job.definition)
        return [job for job in self._jobs.values() if job.status in {"STARTING", "RUNNING"}]

    def _matters(self, job: Job) -> bool:
        """Whether it, or the array that it belongs to, is still to end."""
        parent = self._parent(job)
        return not job.is_over or (parent is not None and not parent.is_over)

    def _parent(self, job: Job) -> Job | None:
        return self._jobs.get(parent_id(job) or "")
