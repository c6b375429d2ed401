"""The Studio (`studio/dist`) before the API: `/` and the files of the page, all else is the API's.

On AWS the same files lie in a bucket behind CloudFront (infra/studio.yaml).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from starlette.responses import FileResponse, PlainTextResponse, Response

from infra.local.cloud.availability import Application, Message, Receive, Send

NOT_BUILT: Final = "the Studio is not built; install Node 20.19 or later and run: make studio"

_FILE: Final = re.compile(r"seal\.svg|assets/[\w.-]+")
_FOREVER: Final = "public, max-age=31536000, immutable"


def with_studio(api: Application, folder: Path, *, media_origin: str) -> Application:
    """`api`, with the page at `/`. Uploads and results go between the page and its own origin, or
    `media_origin` where that is not empty."""
    given = headers(media_origin)

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        is_read = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        answer = _answer(folder, scope["path"], given) if is_read else None
        await (answer or api)(scope, receive, send)

    return serve


def is_built(folder: Path) -> bool:
    return (folder / "index.html").is_file()


def _answer(folder: Path, path: str, given: dict[str, str]) -> Response | None:
    if path == "/":
        if not is_built(folder):
            return PlainTextResponse(f"{NOT_BUILT}\nThe API is at /api/docs.\n", status_code=503)
        return FileResponse(folder / "index.html", headers={**given, "Cache-Control": "no-cache"})
    name = path.removeprefix("/")
    file = folder / name
    if not _FILE.fullmatch(name) or not file.is_file():
        return None
    # The name of an asset holds a digest of what is in it.
    cache = _FOREVER if name.startswith("assets/") else "max-age=3600"
    return FileResponse(file, headers={**given, "Cache-Control": cache})


def headers(media_origin: str) -> dict[str, str]:
    """What a browser is told of the page: which origins it may talk to, and what it may use."""
    media = " ".join(["'self'", *filter(None, [media_origin])])
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
            f"connect-src {media}; img-src blob: {media}; media-src blob: {media}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(self)",
    }
