"""What the API answers about an account: what it used, and its deletion."""

from typing import Literal

from pydantic import BaseModel, Field

from functions.api.schemas.common import (
    TASK_ID_EXAMPLE,
    TIME_EXAMPLE,
    Success,
    Timestamp,
    example,
)
from functions.api.schemas.tasks.lifecycle import (
    USAGE_EXAMPLE,
    UsageAmounts,
)


class DayUsage(UsageAmounts):
    date: str = Field(description="UTC, YYYY-MM-DD")


class Quota(BaseModel):
    limit: int = Field(description="How many there may be")
    left: float = Field(description="How many there still may be")
    resets_at: str | None = Field(
        description="UTC, ISO 8601; when all are there again; null where tasks must end first"
    )


class Quotas(BaseModel):
    """What is left now; null where there is no such quota."""

    requests_per_minute: Quota | None = Field(description="Requests in this minute")
    concurrent_tasks: Quota | None = Field(description="Tasks that wait or run at once")
    daily_video_seconds: Quota | None = Field(description="Seconds of video today, finished ones")


class UsageResponse(Success):
    model_config = example(
        success=True,
        days=[{"date": "2026-03-01", **USAGE_EXAMPLE}],
        total=USAGE_EXAMPLE,
        quotas={
            "requests_per_minute": {"limit": 600, "left": 599, "resets_at": TIME_EXAMPLE},
            "concurrent_tasks": {"limit": 20, "left": 18, "resets_at": None},
            "daily_video_seconds": None,
        },
    )

    days: list[DayUsage] = Field(description="Days on which anything was used, in order")
    total: UsageAmounts = Field(description="Of these days together")
    quotas: Quotas = Field(description="What is left now")


class AccountDeletionResponse(Success):
    model_config = example(
        success=True,
        deletion_id=TASK_ID_EXAMPLE,
        state="deleting",
        removed=12,
        started_at=TIME_EXAMPLE,
        ended_at=None,
    )

    deletion_id: str = Field(description="Names the deletion")
    state: Literal["deleting", "deleted"] = Field(description="deleting until everything is gone")
    removed: int = Field(description="Files, tasks and other records deleted so far")
    started_at: Timestamp
    ended_at: str | None = Field(description="UTC, ISO 8601; null until then")
