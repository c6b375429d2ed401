"""The text of a voice task, and how it will be read."""

from typing import Any, Final, Self

from pydantic import BaseModel, Field, ModelWrapValidatorHandler, PrivateAttr, model_validator

from dh_core import limits
from dh_core.specs import ssml
from dh_core.specs.fields import SpeechText
from dh_core.specs.pronunciation import Pronunciation
from functions.api.schemas.common import Success, example
from functions.api.schemas.requests import Request

_TEXT: Final = "最长350米"
_WORDS: Final = [
    {"text": "最长", "pinyin": ["zui4", "chang2"], "start": 0, "end": 2},
    {"text": "三百五十", "pinyin": ["san1", "bai2", "wu3", "shi2"], "start": 2, "end": 5},
    {"text": "米", "pinyin": ["mi3"], "start": 5, "end": 6},
]


class TextPreviewRequest(Request):
    model_config = example(text=_TEXT, pronounce={"最长": "zui4 chang2"})

    text_type: ssml.TextType = Field(
        default="plain", description="ssml: the text is an SSML document in <speak>"
    )
    text: SpeechText = Field(description="What is said")
    pronounce: Pronunciation = Field(default_factory=dict)
    speed: float = Field(
        default=1.0,
        ge=limits.MIN_SPEED,
        le=limits.MAX_SPEED,
        description="1 is the voice's own pace",
    )

    _sent: str = PrivateAttr("")

    @model_validator(mode="wrap")
    @classmethod
    def _with_the_text_as_it_came(cls, body: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        asked = handler(body)
        asked._sent = body["text"]
        return asked

    @property
    def sent_text(self) -> str:
        """With the white space around it, which the client's places count."""
        return self._sent


class SpokenWord(BaseModel):
    """A word as it is said."""

    text: str = Field(description="Numbers and signs in words")
    pinyin: list[str] = Field(
        description="Its syllables with their spoken tones, 5 for neutral; empty for a Latin word"
    )
    start: int = Field(
        description="Where it stands in your text, in Unicode characters: the first one, from 0"
    )
    end: int = Field(description="The character after its last; words of one number share both")


class TextPreviewResponse(Success):
    model_config = example(
        success=True, spoken_text="最长三百五十米", words=_WORDS, estimated_seconds=1.8
    )

    spoken_text: str = Field(description="All that is said, with its punctuation")
    words: list[SpokenWord] = Field(description="In the order in which they are said")
    estimated_seconds: float = Field(description="About how long the speech will be")
