"""The template library."""

from __future__ import annotations

from dh_core.cursors import Listing
from dh_core.errors import NotFound
from dh_core.limits import MAX_ID_CHARACTERS
from dh_core.store import TemplateRecord
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
    listing = Listing(caller.owner, "templates", {})
    position = stores.cursors.unseal(listing, cursor)
    page = stores.templates.list(caller.owner, limit=limit, cursor=position)
    return TemplatesResponse(
        templates=[TemplateSummary.of(template) for template in page.records],
        total=stores.templates.count(caller.owner),
        next_cursor=stores.cursors.seal(listing, page.cursor),
    )


def get_template(stores: Stores, caller: Caller, template_id: str) -> TemplateResponse:
    """Raises NotFound."""
    return TemplateResponse(template=TemplateDetail.of(find(stores, caller, template_id)))


def find(stores: Stores, caller: Caller, template_id: str) -> TemplateRecord:
    """Raises NotFound."""
    template = (
        stores.templates.get(caller.owner, template_id)
        if len(template_id) <= MAX_ID_CHARACTERS
        else None
    )
    if template is None:
        raise NotFound(
            "There is no template by this id; see /api/templates/list.", code="template_not_found"
        )
    return template
