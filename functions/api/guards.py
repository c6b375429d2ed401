"""What a request must pass before its route, as dependencies of routers."""

from __future__ import annotations

from functions.api.auth import CurrentCaller
from functions.api.deps import CurrentStores
from functions.api.service import account, quotas


def limit_requests(stores: CurrentStores, caller: CurrentCaller) -> None:
    """429 beyond the owner's requests a minute."""
    quotas.take_request(stores, caller)


def open_account(stores: CurrentStores, caller: CurrentCaller) -> None:
    """409 while the owner's account is being deleted."""
    account.refuse_while_deleting(stores, caller)
