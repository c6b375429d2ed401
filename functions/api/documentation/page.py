"""`GET /docs`: the OpenAPI document for people, without anything from another server."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Final

from fastapi import Header
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse

from functions.api.http.dependencies import CurrentStores
from functions.api.http.lazy_routes import LazyRouter

# The page's own script and style stand in it, and it sends files to the bucket; nothing else may
# run, load or frame.
_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "connect-src 'self' {media}; base-uri 'none'; frame-ancestors 'none'"
)

router = LazyRouter(include_in_schema=False)


@router.get("")
def door(accept: Annotated[str, Header()] = "") -> RedirectResponse:
    """A browser at `/api` is led to the docs; to a program it is an address without a route."""
    if "text/html" not in accept:
        raise HTTPException(404)
    return RedirectResponse("/api/docs", status_code=302, headers={"Vary": "Accept"})


@router.get("/docs")
def docs(stores: CurrentStores) -> HTMLResponse:
    """A page that draws /api/openapi.json."""
    headers = {
        "Content-Security-Policy": _POLICY.format(media=stores.media.origin),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "max-age=300",
    }
    return HTMLResponse(_page(), headers=headers)


@cache
def _page() -> str:
    return Path(__file__).with_name("page.html").read_text(encoding="utf-8")
