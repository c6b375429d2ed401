"""`GET /docs`: the OpenAPI document for people, without anything from another server."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse

from functions.api.http.lazy_routes import LazyRouter

# The page's own script and style stand in it; nothing else may run, load or frame.
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "max-age=300",
}

router = LazyRouter(include_in_schema=False)


@router.get("/docs")
def docs() -> HTMLResponse:
    """A page that draws /api/openapi.json."""
    return HTMLResponse(_page(), headers=_HEADERS)


@cache
def _page() -> str:
    return Path(__file__).with_name("page.html").read_text(encoding="utf-8")
