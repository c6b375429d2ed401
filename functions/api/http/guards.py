"""What a request must pass before its route, as dependencies of routers."""

from __future__ import annotations

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from dh_core.errors import InvalidRequest
from dh_core.field_rules import hint, shown
from functions.api.auth.dependencies import CurrentCaller
from functions.api.deps import CurrentStores
from functions.api.service import account, quotas


async def known_parameters(request: Request) -> None:
    """400 for a query parameter that the route does not have: it would be dropped in silence."""
    known = request.scope["route"].query_names
    for name in request.query_params:
        if name not in known:
            raise InvalidRequest(
                f"{shown(name)} is not a query parameter here; {hint(name, known)}"
            )


async def limit_requests(stores: CurrentStores, caller: CurrentCaller) -> None:
    """429 beyond the owner's requests a minute."""
    # Only what talks to the table is worth the way to another thread.
    if stores.settings.requests_per_minute:
        await run_in_threadpool(quotas.take_request, stores, caller)


def open_account(stores: CurrentStores, caller: CurrentCaller) -> None:
    """409 while the owner's account is being deleted."""
    account.refuse_while_deleting(stores, caller)
