"""A sample video, prepared ahead of the videos that are made from it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dh_core.specs.base import TaskSpec
from dh_core.specs.fields import FaceIndex, PersonVideo


class AvatarSpec(TaskSpec):
    """Prepare a sample video ahead: its digital-human tasks then skip that stage."""

    lane = "speaking"
    job = "avatar:AvatarJob"
    makes_video = False
    of_a_person = True
    created_message = "数字人形象准备任务已创建"
    summary = "Prepare a sample video · 预处理数字人形象"
    examples = ({"sample_video": "sample.mp4"},)

    type: Literal["avatar"] = "avatar"
    sample_video: PersonVideo = Field(description="An uploaded video of the person, 1 s to 10 min")
    face_index: FaceIndex | None = Field(
        default=None,
        description="Which of several people, counted from the left; without it the largest face",
    )
