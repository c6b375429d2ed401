"""Signing in, staying signed in, signing out."""

from __future__ import annotations

from dataclasses import asdict

from dh_core.errors import NotFound
from functions.api.auth.authenticator import Authenticator, Tokens
from functions.api.schemas.owners.auth import SignedOutResponse, TokensResponse
from functions.api.service.shared.context import Stores


def by_wechat(stores: Stores, code: str) -> TokensResponse:
    """Raises NotFound where nobody signs in by WeChat, and what WeChat's refusals mean."""
    authenticator = _authenticator(stores)
    if not authenticator.has_wechat:
        raise NotFound(
            "This server has no sign-in by WeChat; use an API key.", code="sign_in_unavailable"
        )
    return _answer(authenticator.sign_in_by_wechat(code))


def refresh(stores: Stores, refresh_token: str) -> TokensResponse:
    """Raises Unauthorized."""
    return _answer(_authenticator(stores).refresh(refresh_token))


def sign_out(stores: Stores, refresh_token: str) -> SignedOutResponse:
    """The same answer whether there was a session or not."""
    _authenticator(stores).sign_out(refresh_token)
    return SignedOutResponse(message="已退出登录")


def _authenticator(stores: Stores) -> Authenticator:
    if stores.authenticator is None:
        raise NotFound(
            "This server is open (AUTH_MODE=none): there is nothing to sign in to.",
            code="sign_in_unavailable",
        )
    return stores.authenticator


def _answer(tokens: Tokens) -> TokensResponse:
    return TokensResponse(**asdict(tokens))
