"""What all answers share: the envelope, fields that mean the same everywhere, examples."""

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


class FieldProblem(BaseModel):
    """One wrong field of a request."""

    field: str = Field(description="`consent.given_at` lies within consent; empty: the body itself")
    reason: str = Field(description="What is wrong and what to do about it")
    allowed: dict[str, Any] | None = Field(
        default=None,
        description='What the field takes, in JSON Schema\'s words: `{"maximum": 2.0}`, '
        '`{"enum": [...]}`; for an unknown field the names of those that exist',
    )


class Problem(BaseModel):
    """Every answer that is not a success."""

    model_config = example(
        error="speed must be at most 2.0.",
        code="invalid_request",
        details=[
            {"field": "speed", "reason": "speed must be at most 2.0.", "allowed": {"maximum": 2.0}}
        ],
        retryable=False,
        docs_url="/api/docs/errors#invalid_request",
        request_id=REQUEST_ID_EXAMPLE,
    )

    error: str = Field(
        description="What is wrong and what to do about it; in Chinese if Accept-Language, or "
        "being a WeChat mini-program, asks for it, otherwise in English"
    )
    code: str = Field(description="Stable; for programs")
    details: list[FieldProblem] = Field(description="Every wrong field, up to 20")
    retryable: bool = Field(description="Whether the same request may succeed later")
    docs_url: str = Field(description="Where the code is explained; relative to this server")
    request_id: str = Field(description="Name it when you ask for help")
