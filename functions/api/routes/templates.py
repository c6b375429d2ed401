"""`GET /templates/list`, `GET /templates/{template_id}`."""

from __future__ import annotations

from fastapi import APIRouter

from functions.api.auth import CurrentCaller
from functions.api.deps import CurrentStores
from functions.api.responses import TemplateResponse, TemplatesResponse
from functions.api.routes.parameters import Cursor, Limit
from functions.api.service import templates

router = APIRouter(prefix="/templates", tags=["templates"])


@router.get("/list")
def list_templates(
    stores: CurrentStores, caller: CurrentCaller, limit: Limit = 100, cursor: Cursor = None
) -> TemplatesResponse:
    """Templates, newest first."""
    return templates.list_templates(stores, caller, limit=limit, cursor=cursor)


@router.get("/{template_id}")
def get_template(
    stores: CurrentStores, caller: CurrentCaller, template_id: str
) -> TemplateResponse:
    """One template and the parameters that it was made with."""
    return templates.get_template(stores, caller, template_id)
