"""Query parameters that several routes take."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator

Limit = Annotated[int, Query(ge=1, le=1000, description="Most entries in one answer")]
Cursor = Annotated[
    str | None, Query(max_length=2048, description="`next_cursor` of the page before")
]


def _written_as_a_date(value: Any) -> Any:
    """Pydantic would also take a bare number, as seconds since 1970."""
    if isinstance(value, str) and not re.match(r"\d{4}-\d\d-\d\d", value):
        raise ValueError("write it as 2027-01-15, a time as 2027-01-15T08:00:00Z")
    return value


Day = Annotated[date, BeforeValidator(_written_as_a_date)]
Moment = Annotated[datetime, BeforeValidator(_written_as_a_date)]
