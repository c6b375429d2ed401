"""What the template library and the routes that fill it answer."""

from typing import Any, Final, Self
from urllib.parse import quote

from pydantic import BaseModel, Field

from dh_core.store import (
    TemplateRecord,
)
from functions.api.schemas.common import (
    TASK_ID_EXAMPLE,
    TIME_EXAMPLE,
    Message,
    NextCursor,
    Success,
    Timestamp,
    Total,
    example,
)
from functions.api.schemas.tasks.lifecycle import (
    CREATED_EXAMPLE,
    TaskResponse,
)

_TEMPLATE_EXAMPLE: Final = {
    "template_id": "template123",
    "title_text": "示例标题",
    "person_image": "person.jpg",
    "background_image": "bg.jpg",
    "created_at": TIME_EXAMPLE,
    "download_url": "/api/download/template/template123",
    "poster_url": "/api/download/template/template123?file=poster",
    "updated_at": TIME_EXAMPLE,
}


class TemplateTaskResponse(TaskResponse):
    """Answer to the making or changing of a template, which is there once the task is completed."""

    model_config = example(
        **{**CREATED_EXAMPLE, "message": "数字人模板任务已创建", "template_id": TASK_ID_EXAMPLE}
    )

    template_id: str = Field(description="A template of your library")


class TemplateSummary(BaseModel):
    template_id: str = Field(description="A template of your library")
    title_text: str | None = Field(description="The title; empty for none")
    person_image: str = Field(description="An uploaded photo of one person or more")
    background_image: str = Field(description="An uploaded picture")
    created_at: Timestamp
    download_url: str = Field(description="Address of the file, relative to this server")
    poster_url: str = Field(
        description="Address of the template's still picture, relative to this server"
    )
    updated_at: Timestamp

    @classmethod
    def of(cls, template: TemplateRecord, **more: Any) -> Self:
        return cls(
            template_id=template.template_id,
            title_text=template.title_text,
            person_image=template.person_image,
            background_image=template.background_image,
            created_at=template.created_at,
            download_url=(url := f"/api/download/template/{quote(template.template_id)}"),
            poster_url=f"{url}?file=poster",
            updated_at=template.updated_at,
            **more,
        )


class TemplateDetail(TemplateSummary):
    parameters: dict[str, Any] = Field(description="What the template was made with")
    warnings: list[str] = Field(description="What could not be done as asked; codes")

    @classmethod
    def of(cls, template: TemplateRecord, **more: Any) -> Self:
        return super().of(
            template,
            parameters=template.parameters,
            warnings=list(template.warnings),
            **more,
        )


class TemplatesResponse(Success):
    model_config = example(success=True, templates=[_TEMPLATE_EXAMPLE], total=1, next_cursor=None)

    templates: list[TemplateSummary] = Field(description="Newest first")
    total: Total
    next_cursor: NextCursor


class TemplateResponse(Success):
    model_config = example(
        success=True,
        template={**_TEMPLATE_EXAMPLE, "parameters": {"video_length": 10.0}, "warnings": []},
    )

    template: TemplateDetail


class TemplateDeletedResponse(Success):
    model_config = example(success=True, message="模板已删除", template_id="template123")

    message: Message
    template_id: str = Field(description="A template of your library")
