"""`GET /usage`, `POST /account/delete`, `GET /account/deletion`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from functions.api.http.dependencies import CurrentCaller, CurrentStores
from functions.api.http.error_responses import errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.http.parameters import Day
from functions.api.schemas.owners.account import AccountDeletionResponse, UsageResponse
from functions.api.service.owners import account

router = LazyRouter(tags=["account"])


@router.get(
    "/usage",
    summary="Show what was used · 查看用量",
    responses=errors("invalid_period"),
)
def get_usage(
    stores: CurrentStores,
    caller: CurrentCaller,
    first: Annotated[Day | None, Query(alias="from", description="YYYY-MM-DD, UTC")] = None,
    last: Annotated[Day | None, Query(alias="to", description="YYYY-MM-DD, UTC")] = None,
) -> UsageResponse:
    """What tasks used, per day (the last thirty unless said otherwise) and in all; what is left."""
    return account.usage(stores, caller, first, last)


@router.post(
    "/account/delete",
    summary="Delete everything of this account · 注销账号",
    status_code=202,
    responses=errors("account_shared"),
)
def delete_account(stores: CurrentStores, caller: CurrentCaller) -> AccountDeletionResponse:
    """Delete everything: files, tasks, results, voices, templates, avatars, keys, usage.

    It goes on by itself after this answer; asking again only shows how far it is. Until it has
    ended nothing new can be made.
    """
    return account.delete(stores, caller)


@router.get(
    "/account/deletion",
    summary="Show how far the deletion is · 查看注销进度",
    responses=errors("deletion_not_found"),
)
def get_account_deletion(stores: CurrentStores, caller: CurrentCaller) -> AccountDeletionResponse:
    """How far the deletion of the account is."""
    return account.progress(stores, caller)
