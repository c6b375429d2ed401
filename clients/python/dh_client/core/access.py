"""Signing in and out."""

from __future__ import annotations

from dh_client.core.session import Session
from dh_client.core.wire import Flow
from dh_client.generated.types import TokensResponse


def sign_in_wechat(session: Session, code: str) -> Flow[TokensResponse]:
    tokens: TokensResponse = yield from session.post("/auth/wechat", {"code": code})
    session.take(tokens)
    return tokens


def sign_out(session: Session) -> Flow[None]:
    if session.refresh_token is not None:
        yield from session.post("/auth/logout", {"refresh_token": session.refresh_token})
    session.credential = session.refresh_token = None
