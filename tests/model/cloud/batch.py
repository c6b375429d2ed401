"""AWS Batch in memory: jobs wait until a rule gives them a machine, and may be restarted."""

# ruff: noqa: N803 - boto3's names of arguments

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import EndpointConnectionError

RUNS_MOST = 3
"""As the job definitions' RetryStrategy."""


@dataclass
class BatchJob:
    """One job; `run` counts the containers that it had."""

    job_id: str
    parameters: dict[str, str]
    status: str = "RUNNABLE"
    run: int = 0
    is_terminating: bool = False

    @property
    def waits(self) -> bool:
        return self.status == "RUNNABLE"

    @property
    def is_over(self) -> bool:
        return self.status in ("SUCCEEDED", "FAILED")


@dataclass
class BatchInMemory:
    """`ended` is told the Job State Change event of every job that is over."""

    ended: Callable[[dict[str, Any]], None]
    jobs: dict[str, BatchJob] = field(default_factory=dict)
    broken: bool = False

    def submit_job(self, *, parameters: dict[str, str], **_: Any) -> dict[str, str]:
        if self.broken:
            raise EndpointConnectionError(endpoint_url="https://batch.invalid")
        job = BatchJob(f"job-{len(self.jobs) + 1}", parameters)
        self.jobs[job.job_id] = job
        return {"jobId": job.job_id}

    def terminate_job(self, *, jobId: str, reason: str) -> None:
        job = self.jobs[jobId]
        if job.waits:
            self.end(job, "FAILED", reason)
        elif not job.is_over:
            job.is_terminating = True

    def cancel_job(self, *, jobId: str, reason: str) -> None:
        """Ends a job only while it waits."""
        if self.jobs[jobId].waits:
            self.end(self.jobs[jobId], "FAILED", reason)

    def describe_jobs(self, *, jobs: list[str]) -> dict[str, Any]:
        found = [self.jobs[job_id] for job_id in jobs if job_id in self.jobs]
        return {"jobs": [{"jobId": job.job_id, "status": job.status} for job in found]}

    def waiting(self) -> list[BatchJob]:
        return [job for job in self.jobs.values() if job.waits]

    def begin(self, job: BatchJob) -> None:
        """A container starts."""
        job.status = "RUNNING"
        job.run += 1

    def stop(self, job: BatchJob, status: str, reason: str, *, retry: bool) -> None:
        """The container is gone; a retry gets another, unless somebody told the job to end."""
        if retry and not job.is_terminating and job.run < RUNS_MOST:
            job.status = "RUNNABLE"
        else:
            self.end(job, status, reason)

    def end(self, job: BatchJob, status: str, reason: str) -> None:
        job.status = status
        self.ended(
            {
                "detail": {
                    "jobId": job.job_id,
                    "status": status,
                    "statusReason": reason,
                    "parameters": job.parameters,
                }
            }
        )
