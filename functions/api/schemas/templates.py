"""What the template library and the routes that fill it answer."""

from __future__ import annotations

from typing import Any, Self
from urllib.parse import quote

from pydantic import BaseModel, Field

from dh_core.store import TemplateRecord
from functions.api.schemas.responses import Success, TaskResponse


class TemplateTaskResponse(TaskResponse):
    """Answer to the making or changing of a template, which is there once the task is completed."""

    template_id: str


class TemplateSummary(BaseModel):
    template_id: str
    title_text: str | None
    person_image: str
    background_image: str
    created_at: str
    download_url: str
    poster_url: str
    updated_at: str

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
    parameters: dict[str, Any]
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
    templates: list[TemplateSummary]
    total: int
    next_cursor: str | None


class TemplateResponse(Success):
    template: TemplateDetail


class TemplateDeletedResponse(Success):
    message: str
    template_id: str
