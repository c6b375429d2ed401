"""A small local AWS Batch: a queue of jobs, each a child process that runs its container's command.

Like Batch it is durable: unfinished jobs are kept in a file. A job that was running when the
server went away is, at the next start, a job whose host was lost, and its retry rules decide.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.batch_arrays import (
    array_environment,
    array_properties,
    children_of,
    parent_id,
    parent_status,
)
from infra.local.batch_jobs import (
    CONTAINER_EXITED,
    HOST_LOST,
    TIMED_OUT,
    Job,
    JobDefinition,
    Status,
    now_ms,
)
from infra.local.data_dir import write_private
from infra.local.events import event_bridge_event
from infra.local.processes import ChildProcess

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.1
_REMEMBERED_JOBS = 500


class UnknownResource(Exception):
    """A job queue or definition that does not exist."""


@dataclass
class _Running:
    job: Job
    child: ChildProcess
    deadline: float | None
    stop_reason: str | None = None
    kill_at: float | None = None


class LocalBatch:
    """Submit, describe and terminate jobs; `on_event` gets every state change, in order."""

    def __init__(
        self,
        *,
        definitions: Mapping[str, JobDefinition],
        queues: Mapping[str, int],
        environment: Mapping[str, str],
        cwd: Path,
        logs: Path,
        state: Path,
        on_event: Callable[[dict[str, Any]], None],
        vcpus: float,
        grace_seconds: float = 10.0,
    ) -> None:
        """`queues`: their priorities; jobs of a higher one go first.

        `vcpus` bounds what runs at once: a job takes its definition's, at most all of them.
        `grace_seconds` is the time between SIGTERM and SIGKILL (Batch gives 30).
        """
        self._definitions = definitions
        self._queues = dict(queues)
        self._environment = environment
        self._cwd = cwd
        self._logs = logs
        self._state = state
        self._on_event = on_event
        self._vcpus = vcpus
        self._grace = grace_seconds
        self._jobs: dict[str, Job] = {}
        self._running: dict[str, _Running] = {}
        self._changed = threading.Condition(threading.RLock())
        self._stopping = False
        # One thread starts every child: the kernel ends a child with the thread that started it.
        self._thread = threading.Thread(target=self._run, name="batch", daemon=True)

    # ---- the API ---------------------------------------------------------------------------
    def submit(self, job: Job) -> Job:
        """Queue a job, or all children of an array job. Raises UnknownResource, ValueError."""
        if job.queue not in self._queues:
            raise UnknownResource(f"JobQueue {job.queue} does not exist.")
        if job.definition not in self._definitions:
            raise UnknownResource(f"JobDefinition {job.definition} does not exist.")
        children = [] if job.array_size is None else children_of(job)
        with self._changed:
            self._forget_old_jobs()
            self._jobs |= {one.id: one for one in (job, *children)}
            for one in (job, *children):
                self._move(one, "SUBMITTED")
            self._changed.notify()
        return job

    def terminate(self, job_id: str, reason: str) -> None:
        """End a job, waiting or running. One that is over, or not known any more, is left alone:
        Batch remembers ended jobs for a week, longer than the callers do.
        """
        with self._changed:
            job = self._jobs.get(job_id)
            if job is None or job.is_over:
                return
            for child in self._children(job):
                self.terminate(child.id, reason)
            if job.array_size is not None:
                return  # it ends with its last child
            running = self._running.get(job_id)
            if running is None:
                job.status_reason = reason
                self._move(job, "FAILED")
            else:
                self._ask_to_stop(running, reason)
            self._changed.notify()

    def cancel(self, job_id: str, reason: str) -> None:
        """End a job only if it has not started."""
        with self._changed:
            if job_id not in self._running:
                self.terminate(job_id, reason)

    def describe(self, job_ids: Collection[str]) -> list[dict[str, Any]]:
        """The known ones among `job_ids`."""
        with self._changed:
            known = [self._jobs[job_id] for job_id in job_ids if job_id in self._jobs]
            return [self._detail(job) for job in known]

    # ---- life cycle ------------------------------------------------------------------------
    def start(self) -> None:
        """Take up the jobs of the last run and begin to work."""
        with self._changed:
            self._restore()
        self._thread.start()

    def stop(self) -> None:
        """Start nothing more, stop what runs, and keep the rest for the next start."""
        with self._changed:
            self._stopping = True
            for running in self._running.values():
                self._ask_to_stop(running, HOST_LOST)
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        with self._changed:
            while not self._stopping or self._running:
                self._reap()
                if not self._stopping:
                    self._start_what_fits()
                if self._running:
                    self._changed.wait(_TICK_SECONDS)
                elif not self._stopping:
                    self._changed.wait()

    def _restore(self) -> None:
        if not self._state.exists():
            return
        for record in json.loads(self._state.read_text()):
            job = Job(**record)
            if job.definition in self._definitions:
                self._jobs[job.id] = job
            else:
                log.error("job %s: definition %s is gone", job.id, job.definition)
        for job in list(self._jobs.values()):
            if job.status in {"STARTING", "RUNNING"}:
                self._end_attempt(job, None, HOST_LOST)

    # ---- scheduling ------------------------------------------------------------------------
    def _start_what_fits(self) -> None:
        free = self._vcpus - sum(self._demand(running.job) for running in self._running.values())
        for job in self._waiting():
            if job.status == "SUBMITTED":
                self._move(job, "RUNNABLE")
            # First come, first served: a small job does not overtake a big one.
            if self._demand(job) > free:
                return
            free -= self._demand(job)
            self._start_job(job)

    def _waiting(self) -> list[Job]:
        """What could run: by the priority of its queue, then as it came."""
        jobs = [
            job
            for job in self._jobs.values()
            if job.status in {"SUBMITTED", "RUNNABLE"} and job.array_size is None
        ]
        return sorted(jobs, key=lambda job: -self._queues.get(job.queue, 0))

    def _demand(self, job: Job) -> float:
        return min(self._definitions[job.definition].vcpus, self._vcpus)

    def _start_job(self, job: Job) -> None:
        definition = self._definitions[job.definition]
        self._move(job, "STARTING")
        argv = job.argv(definition)
        if argv[0] == "python":
            argv[0] = sys.executable
        child = ChildProcess(
            argv,
            env={
                **self._environment,
                **job.environment,
                "AWS_BATCH_JOB_ID": job.id,
                "AWS_BATCH_JOB_ATTEMPT": str(len(job.attempts) + 1),
                "AWS_BATCH_JQ_NAME": job.queue,
                **array_environment(job),
            },
            cwd=self._cwd,
            log=self._logs / f"{job.id}.log",
        )
        seconds = job.timeout_seconds or definition.timeout_seconds
        deadline = None if seconds is None else time.monotonic() + seconds
        self._running[job.id] = _Running(job, child, deadline)
        job.started_at = now_ms()
        job.exit_code = job.status_reason = job.stopped_at = None
        self._move(job, "RUNNING")

    def _reap(self) -> None:
        now = time.monotonic()
        for running in list(self._running.values()):
            if running.deadline is not None and now > running.deadline:
                self._ask_to_stop(running, TIMED_OUT)
            if running.kill_at is not None and now > running.kill_at:
                running.child.kill()
            code = running.child.exit_code()
            if code is not None:
                del self._running[running.job.id]
                self._end_attempt(running.job, code, running.stop_reason or CONTAINER_EXITED)

    def _ask_to_stop(self, running: _Running, reason: str) -> None:
        if running.stop_reason is None:
            running.stop_reason = reason
            running.kill_at = time.monotonic() + self._grace
            running.child.terminate()

    def _end_attempt(self, job: Job, exit_code: int | None, reason: str) -> None:
        job.end_attempt(exit_code, reason)
        definition = self._definitions[job.definition]
        if exit_code == 0:
            self._move(job, "SUCCEEDED")
        elif self._was_lost_or_failed(reason) and definition.retries(
            len(job.attempts), exit_code, reason
        ):
            self._move(job, "RUNNABLE")
        else:
            self._move(job, "FAILED")

    @staticmethod
    def _was_lost_or_failed(reason: str) -> bool:
        # Batch never retries a job that was terminated on request or ran out of time.
        return reason in {CONTAINER_EXITED, HOST_LOST}

    # ---- records ---------------------------------------------------------------------------
    def _move(self, job: Job, status: Status) -> None:
        job.status = status
        unfinished = [known.to_dict() for known in self._jobs.values() if self._matters(known)]
        write_private(self._state, json.dumps(unfinished))
        self._on_event(
            event_bridge_event(
                source="aws.batch",
                detail_type="Batch Job State Change",
                detail=self._detail(job),
                resources=[job.arn],
            )
        )
        parent = self._parent(job)
        if parent is not None:
            following = parent_status(self._children(parent))
            if following != parent.status:
                self._move(parent, following)

    def _detail(self, job: Job) -> dict[str, Any]:
        detail = job.detail(self._definitions[job.definition])
        if job.array_size is not None:
            detail["arrayProperties"] = array_properties(job, self._children(job))
        return detail

    def _matters(self, job: Job) -> bool:
        """Whether it, or the array that it belongs to, is still to end."""
        parent = self._parent(job)
        return not job.is_over or (parent is not None and not parent.is_over)

    def _parent(self, job: Job) -> Job | None:
        return self._jobs.get(parent_id(job) or "")

    def _children(self, parent: Job) -> list[Job]:
        return [job for job in self._jobs.values() if parent_id(job) == parent.id]

    def _forget_old_jobs(self) -> None:
        over = [job.id for job in self._jobs.values() if job.is_over]
        for job_id in over[: max(0, len(self._jobs) - _REMEMBERED_JOBS)]:
            del self._jobs[job_id]
