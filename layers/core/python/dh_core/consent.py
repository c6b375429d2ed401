"""What a person agreed to, as the client states it: kept with what is made of that person."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from dh_core import limits

_Line = StringConstraints(
    strip_whitespace=True,
    min_length=1,
    max_length=limits.MAX_ID_CHARACTERS,
    pattern=r"^[^\x00-\x1f\x7f]+$",
)


class Consent(BaseModel):
    """Who agreed, to what, and when. We keep the statement; we cannot check that it is true."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Annotated[str, _Line] = Field(description="The person shown or heard")
    statement: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=1000),
    ] = Field(description="What the person agreed to, in the words that they saw")
    given_at: AwareDatetime = Field(description="When, with a time zone")
    purpose: Annotated[str, _Line] | None = Field(default=None, description="What it is for")
