"""Parameters that several routes take."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BeforeValidator

from dh_core import limits
from dh_core.field_rules import Expected

Id = Annotated[str, Path(max_length=limits.MAX_ID_CHARACTERS)]
"""Anything in an address that names a record. What is longer names nothing: 404."""
FileNameInPath = Annotated[str, Path(max_length=limits.MAX_FILENAME_CHARACTERS)]

Limit = Annotated[int, Query(ge=1, le=1000, description="Most entries in one answer")]
Cursor = Annotated[
    str | None, Query(max_length=2048, description="`next_cursor` of the page before")
]


def _written_as_a_date(value: Any) -> Any:
    """Pydantic would also take a bare number, as seconds since 1970."""
    if isinstance(value, str) and not re.match(r"\d{4}-\d\d-\d\d", value):
        raise ValueError("not a date")
    return value


Day = Annotated[
    date, BeforeValidator(_written_as_a_date), Expected("must be a day, such as 2027-01-15")
]
Moment = Annotated[
    datetime,
    BeforeValidator(_written_as_a_date),
    Expected(
        "must be a time, such as 2027-01-15T08:00:00Z; an address takes + for a space, so write "
        "another zone with %2B: 2027-01-15T08:00:00%2B08:00"
    ),
]
