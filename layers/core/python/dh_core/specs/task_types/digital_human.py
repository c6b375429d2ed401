"""A video in which a person speaks."""

from typing import Literal, Self

from pydantic import Field, model_validator

from dh_core.field_rules import Contradiction
from dh_core.specs.base import FilmedSpec, InputFile
from dh_core.specs.consent import EXAMPLE as CONSENT_EXAMPLE
from dh_core.specs.fields import AudioFile, ImageFile, LengthFit, SpeechText
from dh_core.specs.scene import Colour
from dh_core.specs.talking_video import TalkingVideoSpec


class DigitalHumanSpec(FilmedSpec, TalkingVideoSpec):
    """Make the person of a video speak: `speech_text`, `speech_audio` or an earlier `audio_task`.

    A text is spoken in (close to) the person's own voice, a recording is heard as it is.
    """

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
        default=None, description="What is said; or else give speech_audio or audio_task"
    )
    speech_audio: AudioFile | None = Field(
        default=None,
        description="An uploaded recording that is spoken as it is, instead of speech_text",
    )
    subtitles: bool = Field(
        default=False,
        description="Write down what speech_audio says (up to 10 minutes; takes a quarter of its "
        "length); a speech_text has subtitles anyway",
    )

    length_fit: LengthFit = Field(
        default="bounce",
        description="Of a clip shorter than its speech: bounce goes back and forth, loop begins "
        "anew with a cross-fade, freeze holds the last picture, trim ends",
    )

    burn_subtitles: bool = Field(
        default=False, description="Show subtitles in the picture too, never over the face"
    )
    aspect: Literal["16:9", "9:16", "1:1", "4:3", "3:4"] | None = Field(
        default=None, description="Shape of the picture; without it, as the clip is"
    )
    frame_fit: Literal["cover", "contain"] = Field(
        default="cover",
        description="Where the clip has another shape: cover fills the picture and keeps the face "
        "in view, contain shows all of the clip between bars",
    )
    background_image: ImageFile | None = Field(
        default=None, description="An uploaded picture behind the person, in place of the clip's"
    )
    background_color: Colour | None = Field(
        default=None, description="#RRGGBB behind the person, in place of the clip's"
    )
    background_blur: float | None = Field(
        default=None, ge=0.1, le=1, description="How far what is behind the person is blurred"
    )
    transparent: bool = Field(
        default=False, description="Nothing behind the person: a video with an alpha channel"
    )
    output_format: Literal["mp4", "webm", "mov"] | None = Field(
        default=None,
        description="Of a transparent video: webm (VP9, the default) or mov (ProRes 4444, large); "
        "of any other: mp4",
    )

    @property
    def shows_subtitles(self) -> bool:
        return self.burn_subtitles

    @property
    def is_cut_out(self) -> bool:
        """Whether the person is shown before something else than the clip's own background."""
        behind = (self.background_image, self.background_color, self.background_blur)
        return self.transparent or any(one is not None for one in behind)

    @property
    def container(self) -> Literal["mp4", "webm", "mov"]:
        """What the video becomes."""
        return self.output_format or ("webm" if self.transparent else "mp4")

    @model_validator(mode="after")
    def _one_picture(self) -> Self:
        behind = (self.background_image, self.background_color, self.background_blur)
        count = sum(one is not None for one in behind)
        if self.transparent and count:
            raise Contradiction(
                "a transparent video has no background; leave one of them out",
                "透明视频没有背景，请去掉其中一个",
            )
        if count > 1:
            raise Contradiction(
                "give one of background_image, background_color and background_blur",
                "background_image、background_color、background_blur 只能填一个",
            )
        if self.transparent == (self.container == "mp4"):
            raise Contradiction(
                "webm and mov are for transparent videos, mp4 for all others; send output_format "
                "and transparent together, or neither",
                "webm 和 mov 用于透明视频，其他视频用 mp4",
            )
        if self.aspect is not None and self.frame_size is not None:
            raise Contradiction(
                "a resolution of WIDTHxHEIGHT has a shape; leave aspect out",
                "resolution 已写明宽高，请去掉 aspect",
            )
        return self

    @property
    def is_recorded(self) -> bool:
        """Whether the speech exists already, rather than being made of `speech_text`."""
        return self.speech_audio is not None or self.audio_task is not None

    @model_validator(mode="after")
    def _one_speech(self) -> Self:
        if [self.speech_text, self.speech_audio, self.audio_task].count(None) != 2:
            raise Contradiction(
                "give either speech_text or speech_audio, or else audio_task",
                "speech_text、speech_audio、audio_task 必须且只能填一个",
            )
        if self.is_recorded and not self.is_spoken_plainly:
            raise Contradiction(
                "pronounce, speed, pitch, volume and text_type are for speech_text; "
                "a recording is played as it is",
                "录音按原样播放；pronounce、speed、pitch、volume、text_type 只用于 speech_text",
            )
        return self

    @model_validator(mode="after")
    def _one_voice(self) -> Self:
        if self.voice_id is not None and self.sample_voice is not None:
            raise Contradiction(
                "give either voice_id or sample_voice", "voice_id 和 sample_voice 只能填一个"
            )
        if self.voice_id is not None and self.is_recorded:
            raise Contradiction(
                "the recording is used as it is; leave voice_id out",
                "录音按原样播放，请去掉 voice_id",
            )
        return self

    @property
    def voice_source(self) -> InputFile | None:
        if self.voice_id is not None or self.is_recorded:
            return None
        inputs = self.inputs()
        return inputs.get("sample_voice", inputs["sample_video"])
