"""AWS Batch: the only module that submits, ends and looks at jobs."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from dh_core.cloud import clients as aws
from dh_core.settings import DispatchSettings
from dh_core.store import TaskRecord
from dh_core.tasks.lanes import Lane

_WAITING = frozenset({"SUBMITTED", "PENDING", "RUNNABLE", "STARTING"})


class BatchJobs:
    """One job per attempt of a task, on the queue of the task's lane."""

    def __init__(self, settings: DispatchSettings, client: Any = None) -> None:
        self._settings = settings
        self._targets: dict[Lane, tuple[str, str]] = {
            "speaking": (settings.job_queue_speaking, settings.job_definition_speaking),
            "editing": (settings.job_queue_editing, settings.job_definition_editing),
        }
        self._segment_queues: dict[Lane, str] = {
            "speaking": settings.job_queue_speaking_segments,
            "editing": settings.job_queue_editing_segments,
        }
        if client is not None:
            self.client = client

    @cached_property
    def client(self) -> Any:
        return aws.client("batch")

    def submit(self, task: TaskRecord) -> str:
        """Start a job for the task's current attempt; returns the job's id."""
        queue, definition = self._targets[task.lane]
        response = self.client.submit_job(
            jobName=f"{task.type}-{task.task_id}-{task.attempt}",
            jobQueue=queue,
            jobDefinition=definition,
            parameters={"task_id": task.task_id, "attempt": str(task.attempt)},
        )
        job_id: str = response["jobId"]
        return job_id

    def submit_assistance(self, task: TaskRecord, size: int) -> str:
        """Start `size` processes that help the task's current attempt; returns the job's id.

        Its parameters are not those of a task's job, so that its end is not taken for the task's.
        """
        lane = task.lane
        attempt = str(task.attempt)
        command = ["python", "-m", "gpu_jobs", "assist"]
        command += ["--task-id", task.task_id, "--attempt", attempt]
        # An array has two children or more (AWS Batch User Guide, "Array jobs").
        array = {"arrayProperties": {"size": size}} if size > 1 else {}
        response = self.client.submit_job(
            jobName=f"assist-{task.task_id}-{attempt}",
            jobQueue=self._segment_queues[lane],
            jobDefinition=self._targets[lane][1],
            parameters={"assisted_task": task.task_id, "assisted_attempt": attempt},
            containerOverrides={"command": command},
            **array,
        )
        job_id: str = response["jobId"]
        return job_id

    def terminate(self, job_id: str, reason: str) -> None:
        """End a job in any state; ending one that is over does nothing."""
        self.client.terminate_job(jobId=job_id, reason=reason)

    def end(self, task: TaskRecord, job_id: str, reason: str, *, began: bool | None = None) -> None:
        """End the job of a task that was cancelled or lost. `began`: if the task cannot tell.

        A job that began and may be kept alive is ended only while it waits for a machine again: one
        that runs learns of it by its heartbeat, within two seconds, and may carry somebody else's
        task by now.
        """
        is_kept_alive = self._settings.keep_alive(task.lane) is not None
        if is_kept_alive and (task.run > 0 if began is None else began):
            self.client.cancel_job(jobId=job_id, reason=reason)
        else:
            self.terminate(job_id, reason)

    def is_waiting(self, job_id: str) -> bool:
        """Whether Batch still holds the job for a machine."""
        jobs = self.client.describe_jobs(jobs=[job_id])["jobs"]
        return bool(jobs) and jobs[0]["status"] in _WAITING
