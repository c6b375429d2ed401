"""The API as an ASGI application (`app`) and as a Lambda function (`handler`)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from mangum import Mangum
from starlette.middleware import Middleware

from functions.api import deps
from functions.api.documentation import openapi
from functions.api.documentation import security as security_docs
from functions.api.documentation.operations import API_VERSION
from functions.api.http import cold_start, guards, problems
from functions.api.http.middleware import BodyLimit, Cors, HeadAsGet, RequestContext
from functions.api.routes import (
    account,
    auth,
    documentation,
    downloads,
    files,
    multipart,
    system,
    task_lists,
    tasks,
    templates,
    uploads,
    voices,
    webhooks,
)
from functions.api.telemetry import logger


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    cold_start.build_models()
    yield


app = FastAPI(
    title="Digital human API",
    description="Upload a person's video and voice, create a task, poll it, download the result.",
    version=API_VERSION,
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
            expose_headers=["X-Request-Id", "Retry-After", "ETag", "WWW-Authenticate"],
        ),
        Middleware(RequestContext),
        Middleware(HeadAsGet),
        Middleware(BodyLimit),
    ],
)
problems.install(app)
# Without its settings no route answers, not even health: they are read with the first request.
_strict = [Depends(deps.stores), Depends(guards.known_parameters)]
_limited = [Depends(guards.limit_requests), *_strict]
for module in (
    uploads,
    multipart,
    files,
    task_lists,
    tasks,
    webhooks,
    downloads,
    templates,
    voices,
    account,
):
    module.router.include_in(
        app,
        prefix="/api",
        responses=problems.LIMITED_RESPONSES,
        dependencies=_limited,
    )
# These have no owner whose requests could be counted.
for module in (system, auth, documentation):
    module.router.include_in(app, prefix="/api", responses=problems.RESPONSES, dependencies=_strict)
# The seed writes most download addresses relative to its base, without /api.
downloads.router.include_in(app, in_schema=False, dependencies=_limited)
security_docs.install(app)

openapi.install(app)

# A function has no life span: what a server builds at its start is built when it is first used.
_adapter = Mangum(app, lifespan="off")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Serve one request of the HTTP API (payload format 2.0)."""
    return _adapter(event, context)
