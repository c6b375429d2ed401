"""Requests and answers about the pronunciation dictionary."""

from typing import Final

from pydantic import Field

from dh_core.specs.pronunciation import MAX_ENTRIES, Dictionary
from functions.api.schemas.common import TIME_EXAMPLE, Message, Success, example
from functions.api.schemas.requests import Request

_READINGS: Final = {"单于": "chan2 yu2", "GPU": "G P U"}


class PronunciationsRequest(Request):
    model_config = example(pronunciations=_READINGS)

    pronunciations: Dictionary


class PronunciationRequest(Request):
    model_config = example(reading="chan2 yu2")

    reading: str = Field(
        description="Pinyin with tones 1 to 5, a syllable for each Chinese character; for a word "
        "in Latin letters also a text to read instead"
    )


class PronunciationsResponse(Success):
    model_config = example(
        success=True,
        pronunciations=_READINGS,
        total=2,
        limit=MAX_ENTRIES,
        updated_at=TIME_EXAMPLE,
    )

    pronunciations: dict[str, str] = Field(description="Readings by word, as PUT takes them")
    total: int = Field(description="How many words there are")
    limit: int = Field(default=MAX_ENTRIES, description="How many there may be")
    updated_at: str | None = Field(
        description="When it was last changed, UTC, ISO 8601; null before the first time"
    )


class PronunciationResponse(Success):
    model_config = example(success=True, word="单于", reading="chan2 yu2")

    word: str = Field(description="The word, as it was written when it was set")
    reading: str = Field(description="How it is read")


class PronunciationDeletedResponse(Success):
    model_config = example(success=True, message="读音已删除", word="单于")

    message: Message
    word: str = Field(description="The word that is read as usual again")
