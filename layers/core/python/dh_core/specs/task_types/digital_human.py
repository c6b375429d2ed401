"""A video in which a person speaks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from dh_core.field_rules import Contradiction
from dh_core.specs.base import FilmedSpec, InputFile, SpokenSpec
from dh_core.specs.consent import EXAMPLE as CONSENT_EXAMPLE
from dh_core.specs.fields import AudioFile, SpeechText


class DigitalHumanSpec(FilmedSpec, SpokenSpec):
    """Make the person of a video speak a text (`speech_text`) or a recording (`speech_audio`)."""

    lane = "speaking"
    job = "digital_human:DigitalHumanJob"
    makes_video = True
    of_a_person = True
    created_message = "数字人生成任务已创建"
    summary = "Create a digital-human task · 创建数字人生成任务"
    examples = (
        {
            "speech_text": "大家好，我是数字人小助手",
            "sample_video": "sample.mp4",
            "sample_voice": "sample.wav",
            "consent": CONSENT_EXAMPLE,
        },
    )

    type: Literal["digital_human"] = "digital_human"
    sample_voice: AudioFile | None = Field(
        default=None,
        description="An uploaded audio of the voice; without it, the video's own sound",
    )
    speech_text: SpeechText | None = Field(
        default=None, description="What is said; or else give speech_audio"
    )
    speech_audio: AudioFile | None = Field(
        default=None,
        description="An uploaded recording that is spoken as it is, instead of speech_text",
    )
    subtitles: bool = Field(
        default=False,
        description="Write down what speech_audio says, for subtitles (recordings up to 10 minutes;"
        " takes a quarter of their length). A speech_text has subtitles anyway.",
    )

    @model_validator(mode="after")
    def _one_speech(self) -> DigitalHumanSpec:
        if (self.speech_text is None) == (self.speech_audio is None):
            raise Contradiction(
                "give either speech_text or speech_audio",
                "speech_text 和 speech_audio 必须且只能填一个",
            )
        if self.speech_audio is not None and not self.is_spoken_plainly:
            raise Contradiction(
                "pronounce, speed, pitch, volume and text_type are for speech_text; "
                "a recording is played as it is",
                "录音按原样播放；pronounce、speed、pitch、volume、text_type 只用于 speech_text",
            )
        return self

    @model_validator(mode="after")
    def _one_voice(self) -> DigitalHumanSpec:
        if self.voice_id is not None and self.sample_voice is not None:
            raise Contradiction(
                "give either voice_id or sample_voice", "voice_id 和 sample_voice 只能填一个"
            )
        if self.voice_id is not None and self.speech_audio is not None:
            raise Contradiction(
                "speech_audio is used as it is; leave voice_id out",
                "speech_audio 按原样播放，请去掉 voice_id",
            )
        return self

    @property
    def voice_source(self) -> InputFile | None:
        if self.voice_id is not None or self.speech_audio is not None:
            return None
        inputs = self.inputs()
        return inputs.get("sample_voice", inputs["sample_video"])
