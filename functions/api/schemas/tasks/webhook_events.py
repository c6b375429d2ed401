"""The bodies of webhooks, for the OpenAPI document: no request needs these models."""

from typing import Any

from pydantic import BaseModel, Field

from dh_core.specs.task_types import TaskType
from functions.api.schemas.common import TaskName, TaskStatus, Timestamp


class _ToldTask(BaseModel):
    task_id: TaskName
    uuid: str = Field(description="Names the result: its own id, or the task's")
    task_type: TaskType = Field(description="What is made")
    status: TaskStatus
    sequence: int = Field(
        description="Grows from each event of a task to the next: drop what comes with less"
    )


class RunningTask(_ToldTask):
    """What a webhook tells of a task that runs."""

    progress: int = Field(description="0 to 99")
    stage: str | None = Field(description="What the job is at")
    created_at: Timestamp
    status_url: str = Field(description="Where its status is, relative to this server")


class RunEvent(BaseModel):
    """The body of a webhook about a run, for whoever asked for `started` or `progress`."""

    type: str = Field(description="task.started or task.progress")
    timestamp: Timestamp
    data: RunningTask = Field(description="The task")


class EndedTask(_ToldTask):
    """What a webhook tells of a task that has ended."""

    error_code: str | None = Field(description="Stable; why it failed (docs/errors.md)")
    error_message: str | None = Field(description="What went wrong and what to do, once failed")
    created_at: Timestamp
    ended_at: Timestamp
    status_url: str = Field(description="Where its status is, relative to this server")
    result: dict[str, Any] | None = Field(
        description="As in the task's status: addresses and facts, once completed"
    )


class WebhookEvent(BaseModel):
    """The body of a webhook."""

    type: str = Field(description="task.completed, task.failed or task.cancelled")
    timestamp: Timestamp
    data: EndedTask = Field(description="The task")
