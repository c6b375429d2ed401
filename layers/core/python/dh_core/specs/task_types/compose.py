"""A video in which the person of a template speaks."""

from typing import Literal, Self

from pydantic import Field, model_validator

from dh_core.field_rules import Contradiction
from dh_core.specs.base import Sources
from dh_core.specs.fields import AudioFile, SpeechText, TemplateId, is_address
from dh_core.specs.talking_video import TalkingVideoSpec


class ComposeSpec(TalkingVideoSpec):
    """Make the person of a template speak an audio or a text, with subtitles and music."""

    lane = "speaking"
    job = "compose:ComposeJob"
    makes_video = True
    of_a_person = False
    created_message = "视频合成任务已创建"
    summary = "Create a composition task · 创建视频合成任务"
    examples = ({"template_id": "template123", "audio_file": "sample.wav"},)

    type: Literal["compose"] = "compose"
    template_id: TemplateId = Field(description="A template of your library")
    audio_file: AudioFile | None = Field(
        default=None,
        description="An uploaded audio, or the uuid (or task id) of a completed task of your own "
        "that made a sound, such as voice/generate",
    )
    text_content: SpeechText | None = Field(
        default=None,
        description="Without an audio, what is spoken, with voice_id or the template's voice; "
        "with one, what its subtitles show",
    )
    subtitles: bool = Field(
        default=False,
        description="Show subtitles in the picture: text_content, or else what the audio says",
    )
    animate: bool = Field(
        default=True, description="false: the person stands still, which is made many times faster"
    )

    @model_validator(mode="after")
    def _shape_of_its_template(self) -> Self:
        if self.frame_size is not None:
            raise Contradiction(
                "a template has a shape of its own; give resolution as 480p, 720p or 1080p",
                "模板已有画面比例，resolution 请填 480p、720p 或 1080p",
            )
        return self

    @model_validator(mode="after")
    def _one_speech(self) -> Self:
        if self.audio_file is not None and self.audio_task is not None:
            raise Contradiction(
                "give either audio_file or audio_task", "audio_file 和 audio_task 只能填一个"
            )
        if self.is_recorded:
            if self.voice_id is not None or not self.is_spoken_plainly:
                raise Contradiction(
                    "the audio is played as it is; "
                    "leave voice_id, pronounce, speed, pitch, volume and text_type out",
                    "录音按原样播放，请去掉 voice_id、pronounce、speed、pitch、volume、text_type",
                )
        elif self.text_content is None:
            raise Contradiction(
                "give audio_file, or text_content to be spoken",
                "请填写 audio_file，或要朗读的 text_content",
            )
        return self

    @property
    def shows_subtitles(self) -> bool:
        return self.subtitles

    @property
    def is_recorded(self) -> bool:
        """Whether the speech exists already, rather than being made of `text_content`."""
        return self.audio_file is not None or self.audio_task is not None

    @property
    def spoken_text(self) -> str | None:
        """None for a recording, whose text is only shown."""
        return None if self.is_recorded else self.text_content

    def resolved(self, sources: Sources) -> Self:
        """With its audio named for what it is, and the template's voice where none is given.

        An upload goes before a task of that name.
        """
        if self.audio_task is not None:
            return super().resolved(sources)
        if self.audio_file is None:
            voice_id = self.voice_id or sources.template_voice()
            return super().resolved(sources).model_copy(update={"voice_id": voice_id})
        if is_address(self.audio_file) or sources.has_upload("audio", self.audio_file):
            return self
        task_id = sources.sound_named(self.audio_file)
        return self.model_copy(update={"audio_file": None, "audio_task": task_id})
