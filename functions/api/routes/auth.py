"""`POST /auth/wechat`, `POST /auth/refresh`, `POST /auth/logout`."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Depends
from starlette.responses import Response

from functions.api.deps import CurrentStores
from functions.api.http.routing import LateRouter
from functions.api.schemas.auth import (
    RefreshRequest,
    SignedOutResponse,
    TokensResponse,
    WechatSignInRequest,
)
from functions.api.service import sign_in


def _never_stored(response: Response) -> None:
    """RFC 6749, 5.1: nothing on the way may remember tokens."""
    response.headers["Cache-Control"] = "no-store"


_WECHAT_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    429: {"description": "WeChat limits this user's sign-ins"},
    503: {"description": "WeChat does not answer; see Retry-After"},
}

router = LateRouter(prefix="/auth", tags=["auth"], dependencies=[Depends(_never_stored)])


@router.post("/wechat", responses=_WECHAT_REFUSALS)
def sign_in_by_wechat(body: WechatSignInRequest, stores: CurrentStores) -> TokensResponse:
    """Exchange the code of `wx.login` for tokens."""
    return sign_in.by_wechat(stores, body.code)


@router.post("/refresh")
def refresh(body: RefreshRequest, stores: CurrentStores) -> TokensResponse:
    """Exchange a refresh token for new tokens. It works once; the answer holds the next one.

    One that comes a second time ends its session (`refresh_token_reused`): sign in again.
    """
    return sign_in.refresh(stores, body.refresh_token)


@router.post("/logout")
def sign_out(body: RefreshRequest, stores: CurrentStores) -> SignedOutResponse:
    """End a session by its refresh token. The access token lapses within the hour at most."""
    return sign_in.sign_out(stores, body.refresh_token)
