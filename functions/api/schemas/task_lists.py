"""What the API answers about many tasks, their history, what they used, and deletions."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, Field

from dh_core.limits import FileType
from dh_core.store import TaskEvent
from dh_core.tasks.states import Status
from functions.api.schemas.responses import Success, TaskState, UsageAmounts


class TasksResponse(Success):
    """A page of tasks, or those asked for by their ids."""

    tasks: list[TaskState]
    missing: list[str] = Field(description="Ids asked for that name no task of yours")
    next_cursor: str | None


class TaskStep(BaseModel):
    """One step of a task's history."""

    time: str
    status: Status
    phase: str = Field(
        description="waiting_inputs, queued, submitted, running, completed, failed or cancelled"
    )
    stage: str | None = Field(description="The part of a running job that began")
    attempt: int = Field(description="Counts the starts of the job; 0 before the first")
    error_code: str | None

    @classmethod
    def of(cls, event: TaskEvent) -> Self:
        return cls(
            time=event.time,
            status=event.phase.status,
            phase=event.phase,
            stage=event.stage,
            attempt=event.attempt,
            error_code=event.error_code,
        )


class EventsResponse(Success):
    task_id: str
    events: list[TaskStep]
    next_cursor: str | None


class TaskDeletedResponse(Success):
    message: str
    task_id: str


class FileDeletedResponse(Success):
    message: str
    file_type: FileType
    filename: str
    failed_tasks: list[str] = Field(
        description="Tasks that waited for this file; they failed with input_missing"
    )


class DayUsage(UsageAmounts):
    date: str = Field(description="UTC, YYYY-MM-DD")


class UsageResponse(Success):
    days: list[DayUsage] = Field(description="Days on which anything was used, in order")
    total: UsageAmounts


class AccountDeletionResponse(Success):
    deletion_id: str
    state: Literal["deleting", "deleted"]
    removed: int = Field(description="Files, tasks and other records deleted so far")
    started_at: str
    ended_at: str | None
