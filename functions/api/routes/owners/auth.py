"""`POST /auth/wechat`, `POST /auth/refresh`, `POST /auth/logout`."""

from __future__ import annotations

from fastapi import Depends
from starlette.responses import Response

from functions.api.http.dependencies import CurrentStores
from functions.api.http.error_responses import errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.schemas.owners.auth import (
    RefreshRequest,
    SignedOutResponse,
    TokensResponse,
    WechatSignInRequest,
)
from functions.api.service.owners import auth


def never_stored(response: Response) -> None:
    """RFC 6749, 5.1: nothing on the way may remember tokens."""
    response.headers["Cache-Control"] = "no-store"


router = LazyRouter(prefix="/auth", tags=["auth"], dependencies=[Depends(never_stored)])


@router.post(
    "/wechat",
    summary="Sign in by WeChat · 微信登录",
    responses=errors(
        "sign_in_unavailable",
        "wechat_code_invalid",
        "wechat_user_blocked",
        "wechat_rate_limited",
        "wechat_unavailable",
    ),
)
def sign_in_by_wechat(body: WechatSignInRequest, stores: CurrentStores) -> TokensResponse:
    """Exchange the code of `wx.login` for tokens."""
    return auth.by_wechat(stores, body.code)


@router.post(
    "/refresh",
    summary="Renew the tokens · 刷新令牌",
    responses=errors(
        "sign_in_unavailable",
        "refresh_token_invalid",
        "refresh_token_expired",
        "refresh_token_reused",
    ),
)
def refresh_tokens(body: RefreshRequest, stores: CurrentStores) -> TokensResponse:
    """Exchange a refresh token for new tokens. It works once; the answer holds the next one.

    One that comes a second time ends its session (`refresh_token_reused`): sign in again.
    """
    return auth.refresh(stores, body.refresh_token)


@router.post(
    "/logout",
    summary="Sign out · 退出登录",
    responses=errors("sign_in_unavailable"),
)
def sign_out(body: RefreshRequest, stores: CurrentStores) -> SignedOutResponse:
    """End a session by its refresh token. The access token lapses within the hour at most."""
    return auth.sign_out(stores, body.refresh_token)
