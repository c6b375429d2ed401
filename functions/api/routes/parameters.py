"""Query parameters that several routes take."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

Limit = Annotated[int, Query(ge=1, le=1000, description="Most entries in one answer")]
Cursor = Annotated[
    str | None, Query(max_length=2048, description="`next_cursor` of the page before")
]
