"""What FastAPI hands to routes: the stores, the caller, and what a request must pass first.

With `AUTH_MODE=none` everybody shares one owner, as in the seed API. With `token` the owner comes
from the credential: an access token or an API key. In both modes a `user_id` in a request is only
a label within that owner: it is recorded, and lists may be filtered by it.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.concurrency import run_in_threadpool

from dh_core.access.identity import PUBLIC_OWNER
from dh_core.errors import ScopeMissing, Unauthorized
from functions.api.auth.authenticator import is_api_key
from functions.api.auth.caller import Caller, needed_scope
from functions.api.deps import process_stores
from functions.api.http.faults import unknown_parameter
from functions.api.service.owners import account
from functions.api.service.shared import quotas
from functions.api.service.shared.context import Stores

_MOST_PARAMETERS: Final = 20
"""Of those that a route does not know, so many are told at once."""
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


async def stores(request: Request) -> Stores:
    """As a dependency. FastAPI would send a plain function to another thread and wait for it."""
    made = process_stores()
    return made.reached_at(str(request.base_url)) if made.settings.media_at_api else made


CurrentStores = Annotated[Stores, Depends(stores)]


async def authenticate(
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
        await run_in_threadpool(stores.authenticator.authenticate, credential)
        if is_api_key(credential)
        else stores.authenticator.authenticate(credential)
    )
    scope = needed_scope(request.method, request.url.path)
    if scope not in caller.scopes:
        raise ScopeMissing(scope)
    return caller


CurrentCaller = Annotated[Caller, Depends(authenticate)]


async def is_head(request: Request) -> bool:
    """Whether the client asked by HEAD, which routes are given as GET (`HeadAsGet`)."""
    return getattr(request.state, "is_head", False)


IsHead = Annotated[bool, Depends(is_head)]


async def known_parameters(request: Request) -> None:
    """400 for a query parameter that the route does not have: it would be dropped in silence."""
    known = request.scope["route"].query_names
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise RequestValidationError(
            [unknown_parameter(name, known) for name in unknown[:_MOST_PARAMETERS]]
        )


async def limit_requests(request: Request, stores: CurrentStores, caller: CurrentCaller) -> None:
    """429 beyond the owner's requests a minute; every answer says how many are left."""
    # Only what talks to the table is worth the way to another thread.
    if not stores.settings.requests_per_minute:
        return
    count = await run_in_threadpool(quotas.take_request, stores, caller)
    if count is not None:
        # Put there by the outermost middleware: refusals carry them too.
        request.state.answer_headers = quotas.rate_headers(stores, count)
        quotas.refuse_too_many(stores, count)


def open_account(stores: CurrentStores, caller: CurrentCaller) -> None:
    """409 while the owner's account is being deleted."""
    account.refuse_while_deleting(stores, caller)
