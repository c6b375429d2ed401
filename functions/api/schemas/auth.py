"""What the sign-in routes answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from functions.api.schemas.responses import Success


class TokensResponse(Success):
    """What a session gives its client (names as in RFC 6749)."""

    access_token: str = Field(description="Send it as `Authorization: Bearer …`")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a name, not a secret
    expires_in: int = Field(description="Seconds")
    refresh_token: str = Field(description="Works once, at POST /auth/refresh")
    refresh_expires_in: int = Field(description="Seconds")
    scope: str = Field(description="Rights, separated by spaces")


class SignedOutResponse(Success):
    message: str
