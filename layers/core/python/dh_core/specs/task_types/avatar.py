"""A sample video, prepared ahead of the videos that are made from it."""

from __future__ import annotations

from typing import Literal

from dh_core.specs.base import FilmedSpec


class AvatarSpec(FilmedSpec):
    """Prepare a sample video ahead: its digital-human tasks then skip that stage."""

    lane = "speaking"
    job = "avatar:AvatarJob"
    makes_video = False
    of_a_person = True
    created_message = "数字人形象准备任务已创建"
    summary = "Prepare a sample video · 预处理数字人形象"
    examples = ({"sample_video": "sample.mp4"},)

    type: Literal["avatar"] = "avatar"
