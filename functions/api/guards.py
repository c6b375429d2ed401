"""What a request must pass before its route, as dependencies of routers."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool

from functions.api.auth import CurrentCaller
from functions.api.deps import CurrentStores
from functions.api.service import account, quotas


async def limit_requests(stores: CurrentStores, caller: CurrentCaller) -> None:
    """429 beyond the owner's requests a minute."""
    # Only what talks to the table is worth the way to another thread.
    if stores.settings.requests_per_minute:
        await run_in_threadpool(quotas.take_request, stores, caller)


def open_account(stores: CurrentStores, caller: CurrentCaller) -> None:
    """409 while the owner's account is being deleted."""
    account.refuse_while_deleting(stores, caller)
