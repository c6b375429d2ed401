"""What the API answers about many tasks, and about the history of one."""

from typing import Self

from pydantic import BaseModel, Field

from dh_core.store import (
    TaskEvent,
)
from functions.api.schemas.common import (
    TASK_ID_EXAMPLE,
    TIME_EXAMPLE,
    NextCursor,
    Success,
    TaskName,
    TaskStatus,
    Timestamp,
    example,
)
from functions.api.schemas.tasks.lifecycle import (
    STATE_EXAMPLE,
    TaskState,
)


class TasksResponse(Success):
    """A page of tasks, or those asked for by their ids."""

    model_config = example(success=True, tasks=[STATE_EXAMPLE], missing=[], next_cursor=None)

    tasks: list[TaskState] = Field(description="Newest first, or in the order asked for")
    missing: list[str] = Field(description="Ids asked for that name no task of yours")
    next_cursor: NextCursor


class TaskStep(BaseModel):
    """One step of a task's history."""

    time: Timestamp
    status: TaskStatus
    phase: str = Field(
        description="waiting_inputs, queued, submitted, running, completed, failed or cancelled"
    )
    stage: str | None = Field(description="The part of a running job that began")
    attempt: int = Field(description="Counts the starts of the job; 0 before the first")
    error_code: str | None = Field(description="Stable name of what went wrong (docs/errors.md)")

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
    model_config = example(
        success=True,
        task_id=TASK_ID_EXAMPLE,
        events=[
            {
                "time": TIME_EXAMPLE,
                "status": "pending",
                "phase": "queued",
                "stage": None,
                "attempt": 0,
                "error_code": None,
            }
        ],
        next_cursor=None,
    )

    task_id: TaskName
    events: list[TaskStep] = Field(description="Oldest first")
    next_cursor: NextCursor
