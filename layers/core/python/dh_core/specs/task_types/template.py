"""A new template: a person's photo before a background, under a title."""

from typing import Final, Literal

from pydantic import Field

from dh_core.specs.base import TaskSpec
from dh_core.specs.fields import FaceIndex, ImageFile, VideoLength, VoiceId
from dh_core.specs.scene import SceneParameters

TEMPLATE_VOICE: Final = (
    "The voice that speaks texts in videos of this template, unless they name another"
)


class TemplateSpec(TaskSpec, SceneParameters):
    """Place a person's photo on a background under a title.

    The template bears the id of this task and is there when the task is completed.
    """

    lane = "editing"
    job = "template:TemplateJob"
    makes_video = True
    of_a_person = True
    saves = "template"
    created_message = "数字人模板任务已创建"
    summary = "Create a template task · 创建数字人模板任务"
    examples = (
        {
            "person_image": "person.jpg",
            "background_image": "bg.jpg",
            "title_text": "AI助手",
            "title_position": [50, 50],
            "title_font_size": 48,
            "video_length": 10.0,
        },
    )

    type: Literal["template"] = "template"
    person_image: ImageFile = Field(description="An uploaded photo of one person or more")
    background_image: ImageFile = Field(description="An uploaded picture")
    face_index: FaceIndex | None = Field(
        default=None,
        description="Which of several people, counted from the left; without it the largest face",
    )
    video_length: VideoLength = 10.0
    voice_id: VoiceId | None = Field(default=None, description=TEMPLATE_VOICE)
