"""The API as an ASGI application (`app`) and as a Lambda function (`handler`)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import Depends, FastAPI
from mangum import Mangum
from starlette.middleware import Middleware

from dh_core.specs.task_types import SPECS
from dh_core.version import VERSION
from functions.api.documentation import openapi, page
from functions.api.http import cold_start, dependencies, problems
from functions.api.http.error_responses import errors
from functions.api.http.middleware import BodyLimit, Cors, HeadAsGet, PatchByPost, RequestContext
from functions.api.routes import system
from functions.api.routes.files import downloads, multipart, stored, uploads
from functions.api.routes.library import pronunciations, templates, voices
from functions.api.routes.owners import account, auth, keys, wechat
from functions.api.routes.tasks import batches, estimates, lifecycle, lists, text_previews, webhooks
from functions.api.schemas.requests import request_of
from functions.api.telemetry import logger

_TAGS: Final = {
    "uploads": "Files to work with: presigned, direct, or resumable in parts · 文件上传",
    "files": "What was uploaded · 文件管理",
    "tasks": "Making things: create, poll, cancel · 异步任务",
    "webhooks": "Being told when a task has ended · 任务回调",
    "downloads": "Signed addresses of results and uploads · 文件下载",
    "templates": "The template library · 模板管理",
    "voices": "Saved and built-in voices · 声音库",
    "pronunciations": "How your own words are read · 读音词典",
    "auth": "Signing in, staying signed in, signing out · 登录鉴权",
    "account": "Usage and deletion of an account · 账号与用量",
    "system": "How the system is doing · 系统状态",
}


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    for spec in SPECS.values():
        request_of(spec)
    cold_start.build_models()
    yield


app = FastAPI(
    title="Digital human API",
    description="Upload a person's video and voice, create a task, poll it, download the result.",
    version=VERSION,
    openapi_tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
    docs_url=None,
    redoc_url=None,
    openapi_url="/api/openapi.json",
    redirect_slashes=False,
    lifespan=_lifespan,
    middleware=[
        Middleware(
            Cors,
            allow_origins=["*"],
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=[
                "X-Request-Id",
                "Retry-After",
                "RateLimit",
                "RateLimit-Policy",
                "ETag",
                "WWW-Authenticate",
            ],
        ),
        Middleware(RequestContext),
        Middleware(HeadAsGet),
        Middleware(PatchByPost),
        Middleware(BodyLimit),
    ],
)
problems.install(app)
# Without its settings no route answers, not even health: they are read with the first request.
_known = Depends(dependencies.known_parameters)
_strict = [Depends(dependencies.stores), _known]
_limited = [Depends(dependencies.limit_requests), _known]
for module in (
    uploads,
    multipart,
    stored,
    lists,
    lifecycle,
    batches,
    estimates,
    text_previews,
    webhooks,
    downloads,
    templates,
    voices,
    pronunciations,
    account,
    keys,
):
    module.router.include_in(
        app,
        prefix="/api",
        responses=errors("rate_limited"),
        dependencies=_limited,
    )
# These have no owner whose requests could be counted.
for module in (system, auth, page):
    module.router.include_in(app, prefix="/api", dependencies=_strict)
wechat.router.include_in(
    app, prefix="/api", in_schema=False, dependencies=[Depends(dependencies.stores)]
)
# The seed writes most download addresses relative to its base, without /api.
downloads.router.include_in(app, in_schema=False, dependencies=_limited)
openapi.install(app)

# A function has no life span: what a server builds at its start is built when it is first used.
_adapter = Mangum(app, lifespan="off")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Serve one request of the HTTP API (payload format 2.0)."""
    return _adapter(event, context)
