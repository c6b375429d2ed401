"""Requests and answers about many tasks asked for together."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

from dh_core import limits
from dh_core.field_rules import Contradiction, Expected
from dh_core.specs.task_types import SPECS
from functions.api.schemas.common import (
    TASK_ID_EXAMPLE,
    TIME_EXAMPLE,
    Problem,
    Success,
    TaskCount,
    TaskStatus,
    Timestamp,
    example,
)
from functions.api.schemas.requests import Request, TaskRequest, request_of

MOST_TASKS: Final = 100
_TYPES: Final = tuple(name for name in SPECS if name != "template_edit")
"""A change of a template names it in its address."""
_FIELDS: Final = "`task_type` and the fields of the route that creates such a task"

_Text = Annotated[str, Field(max_length=limits.MAX_TEXT_CHARACTERS)]
_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Variable = Annotated[
    _Text | StrictInt | _Number,
    Expected(
        f"must be a number, or a text of up to {limits.MAX_TEXT_CHARACTERS} characters",
        f"应为数字，或不超过 {limits.MAX_TEXT_CHARACTERS} 个字符的文字",
    ),
]
Task = dict[str, Any]


class AnyTaskRequest(BaseModel):
    """A task of any type: `task_type` and the fields of the route that creates such a task."""

    model_config = ConfigDict(
        extra="allow",
        hide_input_in_errors=True,
        json_schema_extra={"examples": [{"task_type": "voice", "text": "大家好。"}]},
    )

    task_type: Literal[_TYPES] = Field(description="What is to be made")  # type: ignore[valid-type]  # the types are declared by their modules

    def request(self) -> TaskRequest:
        """As its own route would read it. Raises pydantic.ValidationError."""
        return request_of(SPECS[self.task_type]).model_validate(self.model_extra)


class BatchRequest(Request):
    """Either `tasks`, or a `template` with `variables`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "tasks": [
                        {"task_type": "voice", "text": "第一段。"},
                        {"task_type": "voice", "text": "第二段。", "speed": 1.2},
                    ]
                },
                {
                    "template": {"task_type": "voice", "text": "{name}，您好。", "uuid": "hi-{id}"},
                    "variables": [{"name": "小王", "id": 1}, {"name": "小李", "id": 2}],
                },
            ]
        }
    )

    tasks: list[Task] | None = Field(
        default=None, min_length=1, max_length=MOST_TASKS, description=f"Of each {_FIELDS}"
    )
    template: Task | None = Field(
        default=None,
        description=f"{_FIELDS}; {{name}} in texts, titles, uuid and user_id stands for a "
        "variable, {{ and }} for braces",
    )
    variables: list[dict[str, Variable]] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_TASKS,
        description="Makes a task of each: the values of the template's variables",
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = (self.tasks is None, self.template is None, self.variables is None)
        if forms not in ((False, True, True), (True, False, False)):
            raise Contradiction(
                "give either tasks, or template and variables",
                "请提供 tasks，或者同时提供 template 和 variables",
            )
        return self


class BatchTask(BaseModel):
    """One task of a batch, accepted or refused."""

    index: int = Field(description="Its place in the request, from 0")
    task_id: str | None = Field(description="Names the task in every other route; null if refused")
    uuid: str | None = Field(
        description="The id that you gave it, or its task_id; null like status"
    )
    status: TaskStatus | None = Field(description="null if it was refused or has been deleted")
    progress: int | None = Field(description="0 to 100; null like status")
    error: Problem | None = Field(description="Why it was refused, as its own route would say it")


class BatchCounts(BaseModel):
    pending: TaskCount
    processing: TaskCount
    completed: TaskCount
    failed: TaskCount
    cancelled: TaskCount
    refused: int = Field(description="Those of which no task was made")
    deleted: int = Field(description="Those that were made and are gone")


class BatchResponse(Success):
    """What became of each task."""

    model_config = example(
        success=True,
        batch_id=TASK_ID_EXAMPLE,
        status_url=f"/api/batches/{TASK_ID_EXAMPLE}",
        created_at=TIME_EXAMPLE,
        total=1,
        ended=False,
        counts={
            "pending": 1,
            "processing": 0,
            "completed": 0,
            "failed": 0,
            "cancelled": 0,
            "refused": 0,
            "deleted": 0,
        },
        tasks=[
            {
                "index": 0,
                "task_id": TASK_ID_EXAMPLE,
                "uuid": "my-uuid",
                "status": "pending",
                "progress": 0,
                "error": None,
            }
        ],
    )

    batch_id: str = Field(description="Names the batch")
    status_url: str = Field(description="Poll it")
    created_at: Timestamp
    total: int = Field(description="How many tasks were asked for")
    ended: bool = Field(description="Whether none of them waits or runs any more")
    counts: BatchCounts = Field(description="How many are in which state")
    tasks: list[BatchTask] = Field(description="In the order of the request")
