"""Requests and answers of signing in."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from dh_core import limits
from dh_core.field_rules import Expected
from functions.api.schemas.common import (
    Message,
    Success,
    example,
)
from functions.api.schemas.requests import Request

_JWT_EXAMPLE: Final = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjIwMjYtMTEiLCJ0eXAiOiJhdCtqd3QifQ.….…"
_REFRESH_TOKEN_EXAMPLE: Final = f"dhr_{'0' * 32}_{'A' * 43}"


class WechatSignInRequest(Request):
    model_config = example(code="0a3Xyz000AbCdE1fGh200IjKlM4Xyz0n")

    code: Annotated[
        str,
        StringConstraints(
            min_length=1, max_length=limits.MAX_ID_CHARACTERS, pattern=r"^[\x21-\x7e]+$"
        ),
        Expected("must be the code that wx.login gave, as it came", "应为 wx.login 返回的 code"),
    ] = Field(description="What wx.login gave; works once, for five minutes")


class RefreshRequest(Request):
    model_config = example(refresh_token=_REFRESH_TOKEN_EXAMPLE)

    refresh_token: str = Field(
        min_length=1,
        max_length=limits.MAX_ID_CHARACTERS,
        description="Works once; each answer holds the next one",
    )


class TokensResponse(Success):
    """What a session gives its client (names as in RFC 6749)."""

    model_config = example(
        success=True,
        access_token=_JWT_EXAMPLE,
        token_type="Bearer",  # noqa: S106 - a name, not a secret
        expires_in=1800,
        refresh_token=_REFRESH_TOKEN_EXAMPLE,
        refresh_expires_in=2592000,
        scope="read upload write",
    )

    access_token: str = Field(description="Send it as `Authorization: Bearer …`")
    token_type: Literal["Bearer"] = Field(default="Bearer", description="As RFC 6750 names it")
    expires_in: int = Field(description="Seconds")
    refresh_token: str = Field(description="Works once, at POST /auth/refresh")
    refresh_expires_in: int = Field(description="Seconds")
    scope: str = Field(description="Rights, separated by spaces")


class SignedOutResponse(Success):
    model_config = example(success=True, message="已退出登录")

    message: Message
