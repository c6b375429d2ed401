"""What a video in which somebody speaks may be asked to be, whoever speaks in it."""

from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from dh_core import limits
from dh_core.field_rules import Contradiction, Expected, StrictModel
from dh_core.specs.base import Sources, SpokenSpec
from dh_core.specs.fields import AudioFile, ImageFile, TaskId
from dh_core.specs.scene import Colour

Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
SHORT_SIDES: Final = {"480p": 480, "720p": 720, "1080p": 1080}
"""Pixels of the shorter side by the name of a resolution."""

Resolution = Annotated[
    str,
    StringConstraints(pattern=r"^(480p|720p|1080p|[1-9]\d{2,3}x[1-9]\d{2,3})$"),
    Expected(
        "must be 480p, 720p, 1080p, or width x height in even pixels from 128 to 1920, such as "
        '"720x1280"',
        "应为 480p、720p、1080p，或 128 到 1920 的偶数宽 x 高，如 720x1280",
    ),
]


class SubtitleStyle(StrictModel):
    """How subtitles in the picture look; they never stand over the face."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"size": 1.2, "position": "bottom", "color": "#FFE066"}]}
    )

    size: float = Field(default=1.0, ge=0.6, le=1.8, description="1 suits the picture")
    position: Literal["bottom", "top"] = Field(
        default="bottom", description="The other one is taken where the face leaves no room"
    )
    color: Colour = Field(default="#FFFFFF", description="#RRGGBB of the letters")
    outline_color: Colour = Field(default="#101010", description="#RRGGBB around the letters")


class TalkingVideoSpec(SpokenSpec):
    """The sound of such a video (an earlier task's, a cleaned recording, music) and its picture."""

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
    resolution: Resolution | None = Field(
        default=None,
        description="480p, 720p or 1080p of the shorter side, or WIDTHxHEIGHT; without it, as the "
        "picture is",
    )
    fps: int | None = Field(
        default=None,
        ge=limits.MIN_FPS,
        le=limits.MAX_FPS,
        description="Pictures a second; without it, as the clip has (compose: 25)",
    )
    subtitle_style: SubtitleStyle | None = Field(
        default=None, description="Size, position and colours of subtitles in the picture"
    )
    logo: ImageFile | None = Field(
        default=None, description="An uploaded picture (PNG with alpha) shown in a corner"
    )
    logo_position: Corner = Field(default="top-right", description="The corner; below the AI label")
    logo_size: float = Field(
        default=0.16,
        ge=0.03,
        le=0.4,
        description="The logo's longer side, as a part of the picture's shorter one",
    )
    poster: bool = Field(default=False, description="Also make a still picture of it, as JPEG")
    animated_preview: bool = Field(
        default=False, description="Also make three moving seconds of it, small, as WebP"
    )

    @property
    def is_recorded(self) -> bool:
        """Whether the speech exists already, rather than being made of a text."""
        return self.audio_task is not None

    @property
    def shows_subtitles(self) -> bool:
        """Whether subtitles are part of the picture."""
        return False

    @property
    def frame_size(self) -> tuple[int, int] | None:
        """Width and height where `resolution` says both."""
        width, cross, height = (self.resolution or "").partition("x")
        return (int(width), int(height)) if cross else None

    @model_validator(mode="after")
    def _only_recordings_are_cleaned(self) -> Self:
        if self.enhance_speech and not self.is_recorded:
            raise Contradiction(
                "enhance_speech is for recordings; take it out, speech made of a text has no noise",
                "enhance_speech 只用于录音；合成的语音没有噪声",
            )
        return self

    @model_validator(mode="after")
    def _a_picture_that_can_be(self) -> Self:
        size = self.frame_size
        if size is not None and any(
            side % 2 or not limits.MIN_FRAME_SIDE <= side <= limits.MAX_FRAME_SIDE for side in size
        ):
            raise Contradiction(
                "resolution takes even sides from 128 to 1920 pixels",
                "resolution 的宽高应为 128 到 1920 的偶数",
            )
        if self.subtitle_style is not None and not self.shows_subtitles:
            raise Contradiction(
                "subtitle_style is for subtitles in the picture; send burn_subtitles (compose: "
                "subtitles) as true with it",
                "subtitle_style 用于画面内字幕，请同时开启字幕",
            )
        return self

    def resolved(self, sources: Sources) -> Self:
        """Its `audio_task` checked; a text with the readings of the owner's dictionary."""
        if self.audio_task is not None:
            sources.check_sound(self.audio_task)
        return super().resolved(sources)
