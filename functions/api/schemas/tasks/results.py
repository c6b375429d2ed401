"""What a completed task tells, by its type: for the OpenAPI document. Nothing is validated by it.

`{kind}_url` leads to a file, `{kind}_path` is its key in the bucket. More may be there than is
named here.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Duration = Annotated[float, Field(description="Seconds")]
Pixels = Annotated[int, Field(description="Pixels")]
Rate = Annotated[float, Field(description="Frames a second")]
Voice = Annotated[str | None, Field(description="The voice that speaks; null for a recording")]
Warnings = Annotated[list[str], Field(description="What could be better (docs/errors.md)")]
Key = Annotated[str, Field(description="The file's key in the bucket")]
Route = Annotated[str, Field(description="Where the file is, below /api")]
MaybeRoute = Annotated[str | None, Field(description="Where the file is, below /api; where made")]


class _Result(BaseModel):
    model_config = ConfigDict(extra="allow")

    uuid: str = Field(description="Names the files: your own id, or the task's")


class _Film(_Result):
    video_path: Key
    video_url: Route
    duration: Duration
    width: Pixels
    height: Pixels
    fps: Rate
    warnings: Warnings


class VoiceResult(_Result):
    task_type: Literal["voice"] = Field(description="What was made")
    audio_path: Key
    audio_url: Route
    timeline_url: Route
    subtitle_url: MaybeRoute = None
    subtitle_vtt_url: MaybeRoute = None
    duration: Duration
    voice: Voice
    warnings: Warnings


class DigitalHumanResult(_Film):
    task_type: Literal["digital_human"] = Field(description="What was made")
    subtitle_url: MaybeRoute = None
    subtitle_vtt_url: MaybeRoute = None
    voice: Voice


class ComposeResult(_Film):
    task_type: Literal["compose"] = Field(description="What was made")
    template_id: str = Field(description="The template whose person speaks")
    subtitle_url: MaybeRoute = None
    subtitle_vtt_url: MaybeRoute = None
    voice: Voice


class TemplateResult(_Film):
    task_type: Literal["template", "template_edit"] = Field(description="What was made")
    template_id: str = Field(description="The template in your library")
    template_url: Route
    poster_path: Key
    poster_url: Route
    title_lines: list[str] = Field(description="The title as it was broken")


class ExtractAudioResult(_Result):
    task_type: Literal["extract_audio"] = Field(description="What was made")
    audio_path: Key
    audio_url: Route
    m4a_path: Key
    m4a_url: Route
    duration: Duration
    sample_rate: int = Field(description="Samples a second")
    channels: int = Field(description="1 for mono")


class AvatarResult(_Result):
    task_type: Literal["avatar"] = Field(description="What was made")
    width: Pixels
    height: Pixels
    fps: Rate
    reused: bool = Field(description="Whether it was prepared already")
    warnings: Warnings


class VoiceProfileResult(_Result):
    task_type: Literal["voice_profile"] = Field(description="What was made")
    voice_id: str = Field(description="The voice in your library")
    name: str = Field(description="What it is called")
    preview_url: Route


RESULTS: tuple[type[_Result], ...] = (
    VoiceResult,
    DigitalHumanResult,
    ComposeResult,
    TemplateResult,
    ExtractAudioResult,
    AvatarResult,
    VoiceProfileResult,
)
"""By `task_type`."""
