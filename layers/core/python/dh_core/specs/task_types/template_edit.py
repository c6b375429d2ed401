"""A change to a template of the library."""

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from dh_core.field_rules import Contradiction
from dh_core.specs.base import TaskSpec
from dh_core.specs.fields import FaceIndex, ImageFile, TemplateId, VideoLength, VoiceId
from dh_core.specs.scene import SceneChanges
from dh_core.specs.task_types.template import TEMPLATE_VOICE

_NO_CHANGE: Final = {
    "type",
    "template_id",
    "uuid",
    "user_id",
    "callback_url",
    "callback_events",
    "consent",
}


class TemplateEditSpec(TaskSpec, SceneChanges):
    """Change some of a template's parameters, or its pictures, and make it anew.

    Starts a task; the template stays as it was until that is completed, and keeps its id. The
    uploads that it was first made of are not needed any more.
    """

    lane = "editing"
    job = "template:TemplateJob"
    makes_video = True
    of_a_person = True
    created_message = "数字人模板修改任务已创建"
    summary = "Change a template · 修改模板"
    examples = ({"title_text": "新的标题", "title_position": [60, 120], "title_font_size": 72},)

    type: Literal["template_edit"] = "template_edit"
    template_id: TemplateId
    person_image: ImageFile | None = Field(
        default=None, description="An uploaded photo of one person or more"
    )
    background_image: ImageFile | None = Field(default=None, description="An uploaded picture")
    face_index: FaceIndex | None = Field(
        default=None,
        description="Which of several people, counted from the left; without it the largest face",
    )
    video_length: VideoLength | None = Field(default=None, description="Seconds of the preview")
    voice_id: VoiceId | None = Field(default=None, description=TEMPLATE_VOICE)

    @property
    def needs_consent(self) -> bool:
        return self.person_image is not None

    @model_validator(mode="after")
    def _face_of_a_photo(self) -> Self:
        if self.face_index is not None and self.person_image is None:
            raise Contradiction(
                "face_index chooses in a photo; send person_image with it",
                "face_index 用于选择照片中的人，请一并发送 person_image",
            )
        return self

    @model_validator(mode="after")
    def _some_change(self) -> Self:
        if not self.model_fields_set - _NO_CHANGE:
            raise Contradiction(
                "there is nothing to change; send at least one field",
                "没有要修改的内容，请至少填写一个字段",
            )
        return self
