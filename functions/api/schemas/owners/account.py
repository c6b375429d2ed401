"""What the API answers about an account: what it used, and its deletion."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

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


class UsageResponse(Success):
    model_config = example(
        success=True, days=[{"date": "2026-03-01", **USAGE_EXAMPLE}], total=USAGE_EXAMPLE
    )

    days: list[DayUsage] = Field(description="Days on which anything was used, in order")
    total: UsageAmounts = Field(description="Of these days together")


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
