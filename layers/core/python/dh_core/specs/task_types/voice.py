"""Speech from a text."""

from typing import Literal, Self

from pydantic import Field, model_validator

from dh_core.field_rules import Contradiction
from dh_core.specs.base import InputFile, SpokenSpec
from dh_core.specs.fields import AudioFile, Remark, SpeechText


class VoiceSpec(SpokenSpec):
    """Speak a text, in the direction of a reference voice if one is given."""

    lane = "speaking"
    job = "voice:VoiceJob"
    makes_video = False
    of_a_person = True
    created_message = "语音生成任务已创建"
    summary = "Create a voice task · 创建语音生成任务"
    examples = (
        {"text": "大家好，很高兴认识你。", "reference_audio": "my-voice.wav"},
        {"text": "大家好，很高兴认识你。", "voice_id": "zf_xiaobei"},
    )

    type: Literal["voice"] = "voice"
    text: SpeechText = Field(description="What is said")
    reference_audio: AudioFile | None = Field(
        default=None, description="An uploaded recording of the voice to come close to"
    )
    reference_text: Remark | None = Field(
        default=None,
        description="What the recording says; found by listening where it is left out",
    )

    @model_validator(mode="after")
    def _one_voice(self) -> Self:
        if self.voice_id is not None and self.reference_audio is not None:
            raise Contradiction(
                "give either voice_id or reference_audio",
                "voice_id 和 reference_audio 只能填一个",
            )
        return self

    @property
    def voice_source(self) -> InputFile | None:
        return self.inputs().get("reference_audio")
