"""What a video in which somebody speaks may be asked to be, whoever speaks in it."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from dh_core.field_rules import Contradiction
from dh_core.specs.base import Sources, SpokenSpec
from dh_core.specs.fields import AudioFile, TaskId


class TalkingVideoSpec(SpokenSpec):
    """The sound of such a video: an earlier task's, a cleaned recording, music behind it."""

    audio_task: TaskId | None = Field(
        default=None,
        description="A completed task of your own whose sound is spoken, such as voice/generate",
    )
    background_music: AudioFile | None = Field(
        default=None, description="An uploaded audio, played softly and more softly under speech"
    )
    enhance_speech: bool = Field(
        default=False,
        description="Take noise and music out of the recording that is spoken; it becomes mono",
    )

    @property
    def is_recorded(self) -> bool:
        """Whether the speech exists already, rather than being made of a text."""
        return self.audio_task is not None

    @model_validator(mode="after")
    def _only_recordings_are_cleaned(self) -> Self:
        if self.enhance_speech and not self.is_recorded:
            raise Contradiction(
                "enhance_speech is for recordings; take it out, speech made of a text has no noise",
                "enhance_speech 只用于录音；合成的语音没有噪声",
            )
        return self

    def resolved(self, sources: Sources) -> Self:
        """Its `audio_task` checked; a text with the readings of the owner's dictionary."""
        if self.audio_task is not None:
            sources.check_sound(self.audio_task)
        return super().resolved(sources)
