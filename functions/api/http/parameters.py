"""Parameters that several routes take."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BeforeValidator

from dh_core import limits
from dh_core.field_rules import Expected
from dh_core.limits import FileType

# What is longer than an id may be names nothing: 404.
TaskId = Annotated[
    str,
    Path(max_length=limits.MAX_ID_CHARACTERS, description="Names the task in every other route"),
]
TemplateId = Annotated[
    str, Path(max_length=limits.MAX_ID_CHARACTERS, description="A template of your library")
]
VoiceId = Annotated[
    str,
    Path(
        max_length=limits.MAX_ID_CHARACTERS,
        description="A voice of your library, or a built-in one (GET /api/voices)",
    ),
]
UploadId = Annotated[
    str, Path(max_length=limits.MAX_ID_CHARACTERS, description="Names a resumable upload")
]
FileTypeInPath = Annotated[FileType, Path(description="The kind of file")]
FileNameInPath = Annotated[
    str,
    Path(
        max_length=limits.MAX_FILENAME_CHARACTERS,
        description="The name that the file is stored under; requests name files by it",
    ),
]

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
    date,
    BeforeValidator(_written_as_a_date),
    Expected("must be a day, such as 2027-01-15", "应为日期，如 2027-01-15"),
]
Moment = Annotated[
    datetime,
    BeforeValidator(_written_as_a_date),
    Expected(
        "must be a time, such as 2027-01-15T08:00:00Z; an address takes + for a space, so write "
        "another zone with %2B: 2027-01-15T08:00:00%2B08:00",
        "应为时间，如 2027-01-15T08:00:00Z；地址中的 + 会变成空格，其他时区请写 %2B："
        "2027-01-15T08:00:00%2B08:00",
    ),
]
