"""The sound of a video."""

from typing import Literal

from pydantic import Field

from dh_core.specs.base import TaskSpec
from dh_core.specs.fields import VideoFile


class ExtractAudioSpec(TaskSpec):
    """Take the sound out of a video."""

    lane = "editing"
    job = "extract_audio:ExtractAudioJob"
    makes_video = False
    of_a_person = False
    created_message = "音频提取任务已创建"
    summary = "Create an audio-extraction task · 创建音频提取任务"
    examples = ({"video_file": "sample.mp4"},)

    type: Literal["extract_audio"] = "extract_audio"
    video_file: VideoFile = Field(description="An uploaded video")
