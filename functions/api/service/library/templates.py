"""The template library."""

from __future__ import annotations

from dh_core.access.cursors import Listing
from dh_core.cloud.media_store import template_folder
from dh_core.errors import Conflict, NotFound
from dh_core.specs.fields import TASK_ID
from dh_core.specs.task_types import SPECS
from dh_core.store import TemplateRecord
from functions.api.auth.caller import Caller
from functions.api.schemas.library.templates import (
    TemplateDeletedResponse,
    TemplateDetail,
    TemplateResponse,
    TemplatesResponse,
    TemplateSummary,
    TemplateTaskResponse,
)
from functions.api.schemas.tasks.lifecycle import TaskResponse
from functions.api.service.shared.context import Stores


def list_templates(
    stores: Stores, caller: Caller, *, limit: int, cursor: str | None
) -> TemplatesResponse:
    """Templates, newest first. `total` counts all pages. Raises InvalidRequest (cursor)."""
    listing = Listing(caller.owner, "templates", {})
    position = stores.cursors.decode(listing, cursor)
    page = stores.templates.list(caller.owner, limit=limit, cursor=position)
    return TemplatesResponse(
        templates=[TemplateSummary.of(template) for template in page.records],
        total=stores.templates.count(caller.owner),
        next_cursor=stores.cursors.encode(listing, page.cursor),
    )


def get_template(stores: Stores, caller: Caller, template_id: str) -> TemplateResponse:
    """Raises NotFound."""
    return TemplateResponse(template=TemplateDetail.of(find(stores, caller, template_id)))


def created(task: TaskResponse) -> TemplateTaskResponse:
    """A new template bears the id of the task that makes it."""
    return edited(task, task.task_id)


def edited(task: TaskResponse, template_id: str) -> TemplateTaskResponse:
    """A template keeps its id."""
    return TemplateTaskResponse(**task.model_dump(), template_id=template_id)


def delete_template(stores: Stores, caller: Caller, template_id: str) -> TemplateDeletedResponse:
    """Forget a template with all that was kept of it. Raises NotFound."""
    find(stores, caller, template_id)
    # The record goes last: as long as something is left of the template, it can be deleted again.
    stores.media.erase_folder(template_folder(caller.owner, template_id))
    if not stores.templates.delete(caller.owner, template_id):
        raise _missing()
    return TemplateDeletedResponse(message="模板已删除", template_id=template_id)


def find(stores: Stores, caller: Caller, template_id: str) -> TemplateRecord:
    """Raises NotFound, also for another owner's, and Conflict while it is being made."""
    template = stores.templates.get(caller.owner, template_id)
    if template is None and _is_being_made(stores, caller, template_id):
        raise Conflict(
            "This template is still being made; use it when its task "
            f"(/api/tasks/{template_id}/status) is completed.",
            code="template_not_ready",
        )
    if template is None:
        raise _missing()
    return template


def _missing() -> NotFound:
    return NotFound(
        "There is no template by this id; see /api/templates/list.", code="template_not_found"
    )


def _is_being_made(stores: Stores, caller: Caller, template_id: str) -> bool:
    task = stores.tasks.get(template_id) if TASK_ID.fullmatch(template_id) else None
    return (
        task is not None
        and task.owner == caller.owner
        and SPECS[task.type].saves == "template"
        and not task.phase.is_terminal
    )
