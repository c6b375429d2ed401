"""What all answers share: the envelope, fields that mean the same everywhere, examples."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from dh_core.tasks.states import Status

TASK_ID_EXAMPLE: Final = "550e8400-e29b-41d4-a716-446655440000"
TIME_EXAMPLE: Final = "2026-03-01T01:30:00.000Z"
LATER_EXAMPLE: Final = "2026-03-01T02:30:00.000Z"

Message = Annotated[str, Field(description="A sentence for people")]
Timestamp = Annotated[str, Field(description="UTC, ISO 8601")]
Expiry = Annotated[str, Field(description="UTC, ISO 8601; later the address is refused")]
NextCursor = Annotated[
    str | None, Field(description="Send it as cursor for the next page; null on the last one")
]
Total = Annotated[int, Field(description="How many there are on all pages together")]
TaskName = Annotated[str, Field(description="Names the task in every other route")]
STATUSES: Final = "pending, processing, completed, failed or cancelled"
TaskStatus = Annotated[Status, Field(description=STATUSES)]
StoredName = Annotated[
    str, Field(description="The name that the file is stored under; requests name files by it")
]
MediaType = Annotated[str, Field(description="The file's media type")]
ByteCount = Annotated[int, Field(description="Bytes")]
TaskCount = Annotated[int, Field(description="How many tasks")]
FileCount = Annotated[int, Field(description="How many files")]


def example(**values: Any) -> ConfigDict:
    """The configuration of a model that the OpenAPI document shows by these values."""
    return ConfigDict(json_schema_extra={"examples": [values]})


class Success(BaseModel):
    success: Literal[True] = Field(default=True, description="true in every successful answer")


REQUEST_ID_EXAMPLE: Final = "2f1c7a52-8f0e-4a53-9d4e-5b6d1d7f2a10"


class Problem(BaseModel):
    """Every answer that is not a success."""

    model_config = example(
        error="There is no task by this id; use the task_id that its creation answered.",
        code="task_not_found",
        request_id=REQUEST_ID_EXAMPLE,
    )

    error: str = Field(description="What is wrong and what to do about it")
    code: str = Field(description="Stable; for programs")
    request_id: str = Field(description="Name it when you ask for help")
