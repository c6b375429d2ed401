"""`GET /templates/list`, and `GET`, `PATCH`, `DELETE /templates/{template_id}`."""

from __future__ import annotations

from dh_core.specs.task_types.template_edit import TemplateEditSpec
from functions.api.http.dependencies import CurrentCaller, CurrentStores
from functions.api.http.error_responses import errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.http.parameters import Cursor, Limit, TemplateId
from functions.api.routes.tasks.creation import IdempotencyKey, create_task, documentation_of
from functions.api.schemas.library.templates import (
    TemplateDeletedResponse,
    TemplateResponse,
    TemplatesResponse,
    TemplateTaskResponse,
)
from functions.api.schemas.requests import TemplateEditRequest
from functions.api.service.library import templates

router = LazyRouter(prefix="/templates", tags=["templates"])


@router.get(
    "/list",
    summary="List templates · 列出所有模板",
    responses=errors("cursor_invalid"),
)
def list_templates(
    stores: CurrentStores, caller: CurrentCaller, limit: Limit = 100, cursor: Cursor = None
) -> TemplatesResponse:
    """Templates, newest first."""
    return templates.list_templates(stores, caller, limit=limit, cursor=cursor)


@router.get(
    "/{template_id}",
    summary="Show a template · 获取模板信息",
    responses=errors("template_not_found", "template_not_ready"),
)
def get_template(
    stores: CurrentStores, caller: CurrentCaller, template_id: TemplateId
) -> TemplateResponse:
    """One template and the parameters that it was made with."""
    return templates.get_template(stores, caller, template_id)


@router.patch("/{template_id}", **documentation_of(TemplateEditSpec))
def edit_template(
    template_id: TemplateId,
    body: TemplateEditRequest,
    stores: CurrentStores,
    caller: CurrentCaller,
    idempotency_key: IdempotencyKey = None,
) -> TemplateTaskResponse:
    edit = body.model_copy(update={"template_id": template_id})
    task = create_task(stores, caller, edit, idempotency_key)
    return templates.edited(task, template_id)


@router.delete(
    "/{template_id}",
    summary="Delete a template · 删除模板",
    responses=errors("template_not_found", "template_not_ready"),
)
def delete_template(
    stores: CurrentStores, caller: CurrentCaller, template_id: TemplateId
) -> TemplateDeletedResponse:
    """Delete a template and all that was kept of it. Tasks that wait to use it will fail."""
    return templates.delete_template(stores, caller, template_id)
