"""Who is calling, and whether they may.

With `AUTH_MODE=none` everybody shares one owner, as in the seed API. With `token` the owner comes
from the credential: an access token or an API key. In both modes a `user_id` in a request is only
a label within that owner: it is recorded, and lists may be filtered by it.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from dh_core.access.identity import PUBLIC_OWNER, Scope
from dh_core.errors import ScopeMissing, Unauthorized
from functions.api.auth.authenticator import is_api_key
from functions.api.auth.caller import Caller
from functions.api.deps import CurrentStores

__all__ = ["PUBLIC_OWNER", "Caller", "CurrentCaller", "identify", "needed_scope"]

_BEARER: Final = HTTPBearer(
    scheme_name="bearer",
    bearerFormat="JWT, or an API key (dhk_…)",
    description="The access_token of POST /api/auth/wechat, or an API key of a server",
    auto_error=False,
)
_API_KEY: Final = APIKeyHeader(
    name="X-Api-Key",
    scheme_name="api_key",
    description="An API key, where Authorization is taken",
    auto_error=False,
)


def needed_scope(method: str, path: str) -> Scope:
    """The right that a route asks for: its method says it, and uploads have one of their own."""
    if path.removeprefix("/api").startswith("/upload/"):
        return Scope.UPLOAD
    return Scope.READ if method in ("GET", "HEAD") else Scope.WRITE


async def identify(
    request: Request,
    stores: CurrentStores,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    api_key: Annotated[str | None, Depends(_API_KEY)],
) -> Caller:
    """The caller of this request. Raises Unauthorized and ScopeMissing."""
    if stores.authenticator is None:
        return Caller(PUBLIC_OWNER)
    credential = bearer.credentials if bearer else api_key
    if not credential:
        raise Unauthorized(
            "Sign in (POST /api/auth/wechat) or use an API key, and send it as "
            "Authorization: Bearer ….",
            code="token_missing",
        )
    # Only a key has to be looked up; a token is checked faster than another thread takes over.
    caller = (
        await run_in_threadpool(stores.authenticator.identify, credential)
        if is_api_key(credential)
        else stores.authenticator.identify(credential)
    )
    scope = needed_scope(request.method, request.url.path)
    if scope not in caller.scopes:
        raise ScopeMissing(scope)
    return caller


CurrentCaller = Annotated[Caller, Depends(identify)]
