"""`GET /docs`: the OpenAPI document and the error codes for people, from no other server."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import Annotated, Final

from fastapi import Header
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse

from dh_core.errors.catalogue import job_codes, request_codes
from functions.api.http.dependencies import CurrentStores
from functions.api.http.lazy_routes import LazyRouter

# The page's own script and style stand in it, and it sends files to the bucket; nothing else may
# run, load or frame.
_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "connect-src 'self' {media}; base-uri 'none'; frame-ancestors 'none'"
)
_PLAIN_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
)
_ERRORS: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Error codes · 错误码</title>
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 15px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif;
    max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
  td {{ vertical-align: top; padding: .25rem .5rem; border-top: 1px solid #8884; }}
  tr:target {{ background: #fc03; }}
</style>
<h1>Error codes · 错误码</h1>
<table>
{rows}
</table>
"""

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
    return HTMLResponse(_page(), headers=_headers(_POLICY.format(media=stores.media.origin)))


@router.get("/docs/errors")
def errors() -> HTMLResponse:
    """Every code in both languages, where `docs_url` of an error leads."""
    return HTMLResponse(_errors(), headers=_headers(_PLAIN_POLICY))


def _headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "max-age=300",
    }


@cache
def _page() -> str:
    return Path(__file__).with_name("page.html").read_text(encoding="utf-8")


@cache
def _errors() -> str:
    from dh_core.errors.chinese import CODES  # noqa: PLC0415 - only readers need it

    rows = (
        f'<tr id="{one.code}"><td><code>{one.code}</code><td>{one.status or ""}'
        f"<td>{escape(one.meaning)}<td>{CODES[one.code]}"
        for one in sorted({**job_codes(), **request_codes()}.values(), key=lambda one: one.code)
    )
    return _ERRORS.format(rows="\n".join(rows))
