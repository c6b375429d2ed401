"""What a task would take and cost, before it is created."""

from pydantic import BaseModel, Field

from functions.api.schemas.common import LATER_EXAMPLE, Success, example


class Cost(BaseModel):
    amount: float = Field(description="In units of the currency, by the operator's price table")
    currency: str = Field(description="As the operator names it, such as CNY")


class EstimateResponse(Success):
    """What is not known is null."""

    model_config = example(
        success=True,
        speech_seconds=4.2,
        work_seconds=12.5,
        wait_seconds=1.5,
        ready_at=LATER_EXAMPLE,
        cost={"amount": 0.08, "currency": "CNY"},
    )

    speech_seconds: float | None = Field(
        description="About how long the speech will be; null where no text is spoken"
    )
    work_seconds: float | None = Field(
        description="How long a worker needs, by past runs; null before the first"
    )
    wait_seconds: float | None = Field(description="How long such tasks wait for a worker")
    ready_at: str | None = Field(description="UTC, ISO 8601; when it would be done, asked for now")
    cost: Cost | None = Field(
        description="null without a price, or where it goes by a length that is not known"
    )
