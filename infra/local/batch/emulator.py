"""A small local AWS Batch: a queue of jobs, each a child process that runs its container's command.

Like Batch it is durable: unfinished jobs are kept in a file. A job that was running when the
server went away is, at the next start, a job whose host was lost, and its retry rules decide.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from infra.local.batch.arrays import array_environment, children_of
from infra.local.batch.jobs import (
    CONTAINER_EXITED,
    HOST_LOST,
    TIMED_OUT,
    Job,
    JobDefinition,
    now_ms,
)
from infra.local.batch.records import JobRecords
from infra.local.processes import ChildProcess

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.1


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
        lane_of: Callable[[Job], str] = attrgetter("queue"),
    ) -> None:
        """`queues`: their priorities; jobs of a higher one go first.

        `vcpus` bounds what runs at once: a job takes its definition's, at most all of them.
        `grace_seconds` is the time between SIGTERM and SIGKILL (Batch gives 30). `lane_of`: whose
        warm workers a job's task may wait for.
        """
        self._definitions = definitions
        self._queues = dict(queues)
        self._environment = environment
        self._cwd = cwd
        self._logs = logs
        self._records = JobRecords(definitions, state, on_event)
        self._leave_files = state.with_suffix(".leave")
        self._vcpus = vcpus
        self._grace = grace_seconds
        self._lane_of = lane_of
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
            self._records.add((job, *children))
            self._changed.notify()
        return job

    def terminate(self, job_id: str, reason: str) -> None:
        """End a job, waiting or running. One that is over, or not known any more, is left alone:
        Batch remembers ended jobs for a week, longer than the callers do.
        """
        with self._changed:
            job = self._records.get(job_id)
            if job is None or job.is_over:
                return
            for child in self._records.children(job):
                self.terminate(child.id, reason)
            if job.array_size is not None:
                return  # it ends with its last child
            running = self._running.get(job_id)
            if running is None:
                job.status_reason = reason
                self._records.move(job, "FAILED")
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
            known = [self._records.get(job_id) for job_id in job_ids]
            return [self._records.detail(job) for job in known if job is not None]

    # ---- life cycle ------------------------------------------------------------------------
    def start(self) -> None:
        """Take up the jobs of the last run and begin to work."""
        with self._changed:
            for job in self._records.restore():
                self._end_attempt(job, None, HOST_LOST)
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

    # ---- scheduling ------------------------------------------------------------------------
    def _start_what_fits(self) -> None:
        free = self._vcpus - sum(self._demand(running.job) for running in self._running.values())
        for job in self._records.waiting(self._queues):
            if job.status == "SUBMITTED":
                self._records.move(job, "RUNNABLE")
            # First come, first served: a small job does not overtake a big one.
            if self._demand(job) > free:
                self._ask_for_room(job)
                return
            free -= self._demand(job)
            self._start_job(job)

    def _ask_for_room(self, waiting: Job) -> None:
        """Have the workers of other lanes end after the task that they are at.

        On AWS each lane has machines of its own; here a worker that only waits for its lane's next
        task would hold up the other lane's. The lane's own workers will take its task.
        """
        for running in self._running.values():
            if self._lane_of(running.job) != self._lane_of(waiting):
                self._leave_file(running.job).touch()

    def _leave_file(self, job: Job) -> Path:
        return self._leave_files / job.id

    def _demand(self, job: Job) -> float:
        return min(self._definitions[job.definition].vcpus, self._vcpus)

    def _start_job(self, job: Job) -> None:
        definition = self._definitions[job.definition]
        self._records.move(job, "STARTING")
        self._leave_files.mkdir(exist_ok=True)
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
                "LEAVE_FILE": str(self._leave_file(job)),
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
        self._records.move(job, "RUNNING")

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
                self._leave_file(running.job).unlink(missing_ok=True)
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
            self._records.move(job, "SUCCEEDED")
        elif self._was_lost_or_failed(reason) and definition.retries(
            len(job.attempts), exit_code, reason
        ):
            self._records.move(job, "RUNNABLE")
        else:
            self._records.move(job, "FAILED")

    @staticmethod
    def _was_lost_or_failed(reason: str) -> bool:
        # Batch never retries a job that was terminated on request or ran out of time.
        return reason in {CONTAINER_EXITED, HOST_LOST}
