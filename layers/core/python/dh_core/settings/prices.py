"""What an operator asks for tasks: a setting, as JSON.

{"currency": "CNY", "tasks": {"voice": {"task": 0.05}, "digital_human": {"second": 0.02}}}
"""

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dh_core.field_rules import Expected

_Amount = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TaskPrice(_Strict):
    """Of a task, and of each second of speech in it."""

    task: _Amount = 0.0
    second: _Amount = 0.0

    def of(self, seconds: float) -> float:
        """The price of a task with so much speech, to a hundredth of a hundredth."""
        return round(self.task + self.second * seconds, 4)


class PriceTable(_Strict):
    """By task type."""

    currency: str = Field(min_length=1, max_length=10)
    tasks: dict[str, TaskPrice]


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


Prices = Annotated[
    PriceTable,
    BeforeValidator(_read),
    Expected('must be JSON such as {"currency": "CNY", "tasks": {"voice": {"task": 0.05}}}'),
]
