"""Requests and answers about API keys, and the tokens that they mint."""

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, Field

from dh_core.store import ApiKeyRecord
from functions.api.schemas.common import TIME_EXAMPLE, NextCursor, Success, Timestamp, example
from functions.api.schemas.requests import Request

LEAST_SECONDS: Final = 60
MOST_SECONDS: Final = 3600
MOST_GRACE_SECONDS: Final = 7 * 86_400
_KEY_ID: Final = "0f1e2d3c4b5a6978"
_SCOPES: Final = "Rights: read, upload, write, admin"
_Scopes = Annotated[list[Literal["read", "upload", "write"]], Field(min_length=1, max_length=3)]
_EXAMPLE: Final = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjIwMjYtMTEiLCJ0eXAiOiJhdCtqd3QifQ.….…"
_KEY_EXAMPLE: Final = {
    "key_id": _KEY_ID,
    "label": "shop",
    "scopes": ["read", "upload", "write"],
    "created_at": TIME_EXAMPLE,
    "valid_until": None,
    "revoked_at": None,
    "rotated_to": None,
    "current": True,
}


class TokenRequest(Request):
    model_config = example(scopes=["read", "upload"], ttl_seconds=900)

    scopes: _Scopes | None = Field(
        default=None, description="What the token may do; by default all that the key may"
    )
    ttl_seconds: int = Field(
        default=900, ge=LEAST_SECONDS, le=MOST_SECONDS, description="How long it is good for"
    )


class TokenResponse(Success):
    model_config = example(
        success=True,
        access_token=_EXAMPLE,
        token_type="Bearer",  # noqa: S106 - a name, not a secret
        expires_in=900,
        scope="read upload",
    )

    access_token: str = Field(description="Send it as `Authorization: Bearer …`")
    token_type: Literal["Bearer"] = Field(default="Bearer", description="As RFC 6750 names it")
    expires_in: int = Field(description="Seconds")
    scope: str = Field(description="Rights, separated by spaces")


class RotateKeyRequest(Request):
    model_config = example(grace_seconds=86_400)

    grace_seconds: int = Field(
        default=86_400,
        ge=0,
        le=MOST_GRACE_SECONDS,
        description="How long the old key stays good; from the first rotation on",
    )


class KeyInfo(BaseModel):
    """An API key without its secret."""

    key_id: str = Field(description="Names the key")
    label: str = Field(description="What its maker called it")
    scopes: list[str] = Field(description=_SCOPES)
    created_at: Timestamp
    valid_until: int | None = Field(description="Seconds since 1970; null: until it is revoked")
    revoked_at: str | None = Field(description="UTC, ISO 8601; null while it is good")
    rotated_to: str | None = Field(description="The key that replaces it")
    current: bool = Field(description="Whether this request came with it")

    @classmethod
    def of(cls, key: ApiKeyRecord, current: str | None) -> Self:
        return cls(
            key_id=key.key_id,
            label=key.label,
            scopes=sorted(key.scopes),
            created_at=key.created_at,
            valid_until=key.valid_until,
            revoked_at=key.revoked_at,
            rotated_to=key.rotated_to,
            current=key.key_id == current,
        )


class KeysResponse(Success):
    model_config = example(success=True, keys=[_KEY_EXAMPLE], next_cursor=None)

    keys: list[KeyInfo] = Field(description="Newest first")
    next_cursor: NextCursor


class NewKeyResponse(Success):
    """`key` is shown this once."""

    model_config = example(
        success=True, key=f"dhk_{_KEY_ID}_…", info=_KEY_EXAMPLE, old_valid_until=1_800_000_000
    )

    key: str = Field(description="The new key; nothing shows it again")
    info: KeyInfo = Field(description="The new key without its secret")
    old_valid_until: int = Field(description="When the old key ends, seconds since 1970")


class KeyRevokedResponse(Success):
    model_config = example(success=True, message="密钥已吊销", key_id=_KEY_ID)

    message: str = Field(description="A sentence for people")
    key_id: str = Field(description="Names the key")
