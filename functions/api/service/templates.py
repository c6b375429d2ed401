"""The template library."""

from __future__ import annotations

from dh_core.errors import MethodConflict, NotFound
from dh_core.limits import MAX_ID_CHARACTERS
from dh_core.specs import TASK_ID
from dh_core.store import TemplateRecord
from dh_core.tasks import TaskType
from functions.api.auth import Caller
from functions.api.responses import (
    TemplateDetail,
    TemplateResponse,
    TemplatesResponse,
    TemplateSummary,
)
from functions.api.service.context import Stores


def list_templates(
    stores: Stores, caller: Caller, *, limit: int, cursor: str | None
) -> TemplatesResponse:
    """Templates, newest first. `total` counts all pages. Raises InvalidRequest (cursor)."""
    page = stores.templates.list(caller.owner, limit=limit, cursor=cursor)
    return TemplatesResponse(
        templates=[TemplateSummary.of(template) for template in page.records],
        total=stores.templates.count(caller.owner),
        next_cursor=page.cursor,
    )


def get_template(stores: Stores, caller: Caller, template_id: str) -> TemplateResponse:
    """Raises NotFound."""
    return TemplateResponse(template=TemplateDetail.of(find(stores, caller, template_id)))


def find(stores: Stores, caller: Caller, template_id: str) -> TemplateRecord:
    """Raises NotFound, also for another owner's, and MethodConflict while it is being made."""
    template = (
        stores.templates.get(caller.owner, template_id)
        if len(template_id) <= MAX_ID_CHARACTERS
        else None
    )
    if template is None and _is_being_made(stores, caller, template_id):
        raise MethodConflict(
            "This template is still being made; use it when its task "
            f"(/api/tasks/{template_id}/status) is completed.",
            code="template_not_ready",
        )
    if template is None:
        raise NotFound(
            "There is no template by this id; see /api/templates/list.", code="template_not_found"
        )
    return template


def _is_being_made(stores: Stores, caller: Caller, template_id: str) -> bool:
    task = stores.tasks.get(template_id) if TASK_ID.fullmatch(template_id) else None
    return (
        task is not None
        and task.owner == caller.owner
        and task.type is TaskType.TEMPLATE
        and not task.phase.is_terminal
    )
