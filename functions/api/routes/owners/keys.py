"""`POST /tokens`, `GET /keys`, `POST /keys/rotate`, `DELETE /keys/{key_id}`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path

from dh_core.limits import MAX_ID_CHARACTERS
from functions.api.http.dependencies import CurrentCaller, CurrentStores
from functions.api.http.error_responses import errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.http.parameters import Cursor, Limit
from functions.api.routes.owners.auth import never_stored
from functions.api.schemas.owners.keys import (
    KeyRevokedResponse,
    KeysResponse,
    NewKeyResponse,
    RotateKeyRequest,
    TokenRequest,
    TokenResponse,
)
from functions.api.service.owners import keys

router = LazyRouter(tags=["auth"], dependencies=[Depends(never_stored)])

_OF_KEYS = ("sign_in_unavailable", "api_key_needed")


@router.post(
    "/tokens",
    summary="Make a short-lived token · 签发临时令牌",
    responses=errors(*_OF_KEYS, "scope_missing"),
)
def create_token(body: TokenRequest, stores: CurrentStores, caller: CurrentCaller) -> TokenResponse:
    """For a client that must not hold your key: some of its rights, for an hour at most.

    Nothing renews or revokes a token; ask for a new one.
    """
    return keys.mint(stores, caller, body)


@router.get(
    "/keys",
    summary="List API keys · 列出密钥",
    responses=errors("sign_in_unavailable", "cursor_invalid"),
)
def list_keys(
    stores: CurrentStores, caller: CurrentCaller, limit: Limit = 100, cursor: Cursor = None
) -> KeysResponse:
    """The account's keys, newest first, without their secrets."""
    return keys.list_keys(stores, caller, limit, cursor)


@router.post(
    "/keys/rotate",
    summary="Rotate this API key · 轮换密钥",
    responses=errors(*_OF_KEYS, "key_not_found"),
)
def rotate_key(
    body: RotateKeyRequest, stores: CurrentStores, caller: CurrentCaller
) -> NewKeyResponse:
    """A new key with the same rights and end; the one of this request stays good for a while.

    If the answer is lost, rotate the old key again: that revokes the key which nobody got.
    """
    return keys.rotate(stores, caller, body.grace_seconds)


@router.delete(
    "/keys/{key_id}",
    summary="Revoke an API key · 吊销密钥",
    responses=errors(*_OF_KEYS, "key_not_found"),
)
def revoke_key(
    stores: CurrentStores,
    caller: CurrentCaller,
    key_id: Annotated[str, Path(max_length=MAX_ID_CHARACTERS, description="Names the key")],
) -> KeyRevokedResponse:
    """From now on the key is refused. Tokens that it made lapse by themselves."""
    return keys.revoke(stores, caller, key_id)
