"""API keys that change themselves, and short-lived tokens for clients that must not hold one."""

from __future__ import annotations

from dh_core.access.cursors import Listing
from dh_core.access.identity import USER_SCOPES, Scope
from dh_core.errors import Forbidden, NotFound, ScopeMissing
from dh_core.store import ApiKeyRecord
from functions.api.auth.authenticator import Authenticator
from functions.api.auth.caller import Caller
from functions.api.schemas.owners.keys import (
    KeyInfo,
    KeyRevokedResponse,
    KeysResponse,
    NewKeyResponse,
    TokenRequest,
    TokenResponse,
)
from functions.api.service.shared.context import Stores


def mint(stores: Stores, caller: Caller, asked: TokenRequest) -> TokenResponse:
    """A token with some of the key's rights. Raises Forbidden (`api_key_needed`, a scope)."""
    authenticator = _authenticator(stores)
    _key_of(caller)
    own = caller.scopes & USER_SCOPES
    scopes = frozenset(map(Scope, asked.scopes)) if asked.scopes else own
    for scope in sorted(scopes - own):
        raise ScopeMissing(scope)
    token = authenticator.mint(caller.owner, scopes, asked.ttl_seconds)
    return TokenResponse(
        access_token=token, expires_in=asked.ttl_seconds, scope=" ".join(sorted(scopes))
    )


def rotate(stores: Stores, caller: Caller, grace_seconds: int) -> NewKeyResponse:
    """A new key in place of the caller's own. Raises Forbidden, NotFound."""
    store = _authenticator(stores).keys
    key_id = _key_of(caller)
    made = store.rotate(key_id, grace_seconds=grace_seconds)
    old = store.get(key_id)
    if made is None or old is None or old.valid_until is None:
        raise _none()
    record, key = made
    return NewKeyResponse(key=key, info=KeyInfo.of(record, key_id), old_valid_until=old.valid_until)


def list_keys(stores: Stores, caller: Caller, limit: int, cursor: str | None) -> KeysResponse:
    """The owner's keys. Raises InvalidRequest (cursor)."""
    listing = Listing(caller.owner, "keys", {})
    store = _authenticator(stores).keys
    page = store.page(caller.owner, limit=limit, cursor=stores.cursors.decode(listing, cursor))
    return KeysResponse(
        keys=[KeyInfo.of(key, caller.key_id) for key in page.records if _may_see(caller, key)],
        next_cursor=stores.cursors.encode(listing, page.cursor),
    )


def revoke(stores: Stores, caller: Caller, key_id: str) -> KeyRevokedResponse:
    """End a key of the owner's at once, the caller's own too. Raises Forbidden, NotFound."""
    store = _authenticator(stores).keys
    _key_of(caller)
    key = store.get(key_id)
    if key is None or key.owner != caller.owner or not _may_see(caller, key):
        raise _none()
    store.revoke(key_id)
    return KeyRevokedResponse(message="密钥已吊销", key_id=key_id)


def _may_see(caller: Caller, key: ApiKeyRecord) -> bool:
    """An administrator's key is none of the others' business."""
    return Scope.ADMIN not in key.scopes or Scope.ADMIN in caller.scopes


def _authenticator(stores: Stores) -> Authenticator:
    if stores.authenticator is None:
        raise NotFound(
            "This server is open (AUTH_MODE=none): it has no keys.", code="sign_in_unavailable"
        )
    return stores.authenticator


def _key_of(caller: Caller) -> str:
    """A token must not make another one, or it would live for ever."""
    if caller.key_id is None:
        raise Forbidden("Only an API key may do this; send one.", code="api_key_needed")
    return caller.key_id


def _none() -> NotFound:
    return NotFound("There is no such API key; GET /api/keys lists yours.", code="key_not_found")
