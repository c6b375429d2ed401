"""What every task's spec can say about itself, and what all have in common that speak a text."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from dh_core import limits
from dh_core.field_rules import StrictModel
from dh_core.limits import FileType
from dh_core.specs.built_in_voices import BUILT_IN_VOICES
from dh_core.specs.consent import Consent
from dh_core.specs.fields import FileName, VoiceId
from dh_core.specs.pronunciation import Pronunciation
from dh_core.tasks.lanes import Lane


class InputFile(BaseModel):
    """An uploaded file that a task reads."""

    model_config = ConfigDict(frozen=True)

    file_type: FileType
    filename: FileName


_DECLARED: Final = (
    "lane",
    "makes_video",
    "created_message",
    "_of_a_person",
    "_input_types",
    "_text_fields",
    "_spoken_field",
)
"""What the spec of every task type says of that type, in its own class body."""


class TaskSpec(StrictModel):
    """What every spec can say about itself.

    A class with a `type` of its own stands for a task type, and does not come into being unless it
    declares all of `_DECLARED`: nothing that depends on the type is listed anywhere else, so no
    list can lack one.
    """

    lane: ClassVar[Lane]
    """Where it waits for a worker."""
    makes_video: ClassVar[bool]
    """Whether it makes videos, whose seconds a quota may bound."""
    created_message: ClassVar[str]
    """What a client is told, in Chinese, when one is created."""
    _of_a_person: ClassVar[bool]
    """Whether it makes something of a person whom its inputs show or let hear."""
    _input_types: ClassVar[dict[str, FileType]]
    """Fields that name an uploaded file, and its type."""
    _text_fields: ClassVar[tuple[str, ...]]
    """Fields that hold a user's own words; moderation reads them."""
    _spoken_field: ClassVar[str | None]
    """The field whose length makes one run longer than another."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "type" in inspect.get_annotations(cls):
            undeclared = [name for name in _DECLARED if name not in vars(cls)]
            if undeclared:
                raise TypeError(f"{cls.__name__} does not declare {', '.join(undeclared)}")

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

    @property
    def saved_voice(self) -> str | None:
        """The voice of the owner's library that it speaks with."""
        return None

    @property
    def saved_template(self) -> str | None:
        """The template of the owner's library that it works with."""
        return None

    @property
    def earlier_task(self) -> str | None:
        """The task whose sound it uses."""
        return None

    @property
    def avatar_source(self) -> InputFile | None:
        """The video of which it prepares an avatar, which is kept as long as the video is."""
        return None

    def characters(self) -> int:
        """Length of the text that is to be spoken: what makes one run longer than another."""
        return len(getattr(self, self._spoken_field) or "") if self._spoken_field else 0


class SpokenSpec(TaskSpec):
    """How a text is spoken, and with which voice: the same fields wherever a task speaks one.

    `voice_id`: a voice of the library, a saved or a built-in one.
    """

    voice_id: VoiceId | None = Field(
        default=None, description="A voice of your library, or a built-in one (GET /api/voices)"
    )
    pronounce: Pronunciation = Field(default_factory=dict)
    speed: float = Field(
        default=1.0,
        ge=limits.MIN_SPEED,
        le=limits.MAX_SPEED,
        description="1 is the voice's own pace",
    )
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
