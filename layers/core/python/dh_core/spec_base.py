"""What every task's spec can say about itself, and what all have in common that speak a text."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from dh_core import limits
from dh_core.built_in_voices import BUILT_IN_VOICES
from dh_core.consent import Consent
from dh_core.limits import FileType
from dh_core.pronunciation import Pronunciation
from dh_core.spec_fields import FileName, VoiceId

Lane = Literal["gpu", "cpu"]


class InputFile(BaseModel):
    """An uploaded file that a task reads."""

    model_config = ConfigDict(frozen=True)

    file_type: FileType
    filename: FileName


class TaskSpec(BaseModel):
    """What every spec can say about itself."""

    # Errors of validation reach the log; what a user wrote must not.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    lane: ClassVar[Lane] = "cpu"

    consent: Consent | None = Field(
        default=None, description="That the person shown or heard agreed; kept in the record"
    )

    @property
    def needs_consent(self) -> bool:
        """Whether it makes something of a person whom its inputs show or let hear."""
        return self._of_a_person and bool(self.inputs())

    def texts(self) -> dict[str, str | None]:
        """What it says or shows in words, by field name; moderation reads it."""
        return {name: getattr(self, name) for name in self._text_fields}

    def inputs(self) -> dict[str, InputFile]:
        """The uploaded files that must be ready before the task may run, by field name."""
        return {
            name: InputFile(file_type=file_type, filename=value)
            for name, file_type in self._input_types.items()
            if (value := getattr(self, name)) is not None
        }

    _input_types: ClassVar[dict[str, FileType]] = {}
    _text_fields: ClassVar[tuple[str, ...]] = ()
    _of_a_person: ClassVar[bool] = False

    def characters(self) -> int:
        """Length of the text that is to be spoken: what makes one run longer than another."""
        spoken = (getattr(self, name, None) for name in ("text", "speech_text", "text_content"))
        return sum(len(text) for text in spoken if text)


class SpokenSpec(TaskSpec):
    """How a text is spoken, and with which voice: the same fields wherever a task speaks one.

    `voice_id`: a voice of the library, a saved or a built-in one.
    """

    voice_id: VoiceId | None = None
    pronounce: Pronunciation = Field(default_factory=dict)
    speed: float = Field(default=1.0, ge=limits.MIN_SPEED, le=limits.MAX_SPEED)
    pitch: float = Field(
        default=0.0,
        ge=-limits.MAX_PITCH,
        le=limits.MAX_PITCH,
        description="Semitones above (or, negative, below) the voice's own pitch",
    )

    @property
    def saved_voice(self) -> str | None:
        """The `voice_id` if it is one of the owner's saved voices."""
        return None if self.voice_id in BUILT_IN_VOICES else self.voice_id
