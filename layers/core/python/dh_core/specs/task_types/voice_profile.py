"""A voice of the owner's library, learnt from a recording."""

from typing import Literal, Self

from pydantic import Field, model_validator

from dh_core.field_rules import Contradiction
from dh_core.specs.base import InputFile, TaskSpec
from dh_core.specs.fields import AudioFile, VideoFile, VoiceName


class VoiceProfileSpec(TaskSpec):
    """Adapt to the speaker of an uploaded recording once; use the voice by its `voice_id`.

    The voice exists when the task is completed; until then its `voice_id` answers 409
    `voice_not_ready`. It is kept until it is deleted; the recording is not needed any more.
    """

    lane = "speaking"
    job = "voice_profile:VoiceProfileJob"
    makes_video = False
    of_a_person = True
    saves = "voice"
    created_message = "声音保存任务已创建"
    summary = "Save a voice · 保存声音"
    examples = ({"name": "王老师", "audio_file": "my-voice.wav"},)

    type: Literal["voice_profile"] = "voice_profile"
    name: VoiceName | None = Field(default=None, description="What the voice is called")
    audio_file: AudioFile | None = Field(default=None, description="An uploaded recording")
    video_file: VideoFile | None = Field(default=None, description="An uploaded video")

    @model_validator(mode="after")
    def _one_recording(self) -> Self:
        if (self.audio_file is None) == (self.video_file is None):
            raise Contradiction(
                "give either audio_file or video_file", "audio_file 和 video_file 必须且只能填一个"
            )
        return self

    @property
    def voice_source(self) -> InputFile | None:
        return next(iter(self.inputs().values()))
