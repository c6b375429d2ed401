"""What a person agreed to, as the client states it: kept with what is made of that person."""

from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from dh_core import limits
from dh_core.field_rules import Expected, StrictModel
from dh_core.specs.fields import FileName

Line = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=limits.MAX_ID_CHARACTERS,
        pattern=r"^[^\x00-\x1f\x7f]+$",
    ),
    Expected(
        f"must be a line of 1 to {limits.MAX_ID_CHARACTERS} characters without line breaks",
        f"应为 1 到 {limits.MAX_ID_CHARACTERS} 个字符的一行文字，不含换行",
    ),
]
_Moment = Annotated[
    AwareDatetime,
    Expected(
        "must be a time with its zone, such as 2026-03-01T09:30:00+08:00",
        "应为带时区的时间，如 2026-03-01T09:30:00+08:00",
    ),
]


EXAMPLE: Final[dict[str, Any]] = {
    "subject": "王老师",
    "statement": "我同意用我的声音和形象制作数字人视频。",
    "given_at": "2026-03-01T09:30:00+08:00",
    "purpose": "课程视频",
}


class Evidence(StrictModel):
    """A file that shows the consent: a signed page, or the person saying so."""

    file_type: Literal["document", "video", "audio"] = Field(description="The kind of upload")
    filename: FileName = Field(description="An uploaded PDF, video or sound")


class Consent(StrictModel):
    """Who agreed, to what, and when. We keep the statement; we cannot check that it is true."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    subject: Line = Field(description="The person shown or heard")
    statement: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=1000),
    ] = Field(description="What the person agreed to, in the words that they saw")
    given_at: _Moment = Field(description="When, with a time zone")
    purpose: Line | None = Field(default=None, description="What it is for")
    evidence: Evidence | None = Field(
        default=None,
        description="Kept, with its hash, as long as what is made, and CONSENT_RETENTION_DAYS more",
    )
