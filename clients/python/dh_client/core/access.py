"""Signing in and out."""

from __future__ import annotations

from collections.abc import Sequence

from dh_client.core.session import Session
from dh_client.core.wire import Flow, Send
from dh_client.generated.types import (
    KeyRevokedResponse,
    KeysResponse,
    NewKeyResponse,
    TokenResponse,
    TokensResponse,
)


def sign_in_wechat(session: Session, code: str) -> Flow[TokensResponse]:
    tokens: TokensResponse = yield from session.post("/auth/wechat", {"code": code})
    session.take(tokens)
    return tokens


def sign_out(session: Session) -> Flow[None]:
    if session.refresh_token is not None:
        yield from session.post("/auth/logout", {"refresh_token": session.refresh_token})
    session.credential = session.refresh_token = None


def mint_token(
    session: Session, scopes: Sequence[str] | None, ttl_seconds: int
) -> Flow[TokenResponse]:
    body = {"ttl_seconds": ttl_seconds} | ({} if scopes is None else {"scopes": list(scopes)})
    made: TokenResponse = yield from session.post("/tokens", body)
    return made


def keys(session: Session) -> Flow[KeysResponse]:
    found: KeysResponse = yield from session.get("/keys")
    return found


def rotate_key(session: Session, grace_seconds: int) -> Flow[NewKeyResponse]:
    """From now on the session has the new key."""
    made: NewKeyResponse = yield from session.post("/keys/rotate", {"grace_seconds": grace_seconds})
    session.credential = made["key"]
    return made


def revoke_key(session: Session, key_id: str) -> Flow[KeyRevokedResponse]:
    request = Send("DELETE", session.address(f"/keys/{key_id}"))
    told: KeyRevokedResponse = (yield from session.ask(request)).json()
    return told
