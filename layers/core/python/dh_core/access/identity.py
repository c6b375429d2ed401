"""What a credential may do, and the names of owners. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

PUBLIC_OWNER: Final = "public"
"""Whom everything belongs to while everybody may come in (`AUTH_MODE=none`)."""

OWNER: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""Owners are parts of table keys (`#`) and object keys (`/`), so neither may be in them."""


class Scope(StrEnum):
    """Rights that a credential carries."""

    READ = "read"
    UPLOAD = "upload"
    WRITE = "write"
    ADMIN = "admin"
    """Sees the counts of all owners. Only `dh keys create` gives it."""


USER_SCOPES: Final = frozenset({Scope.READ, Scope.UPLOAD, Scope.WRITE})
"""What a person who signed in may do."""
ALL_SCOPES: Final = frozenset(Scope)


def known_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes among `names`; those of other services are left out."""
    wanted = set(names)
    return frozenset(scope for scope in Scope if scope in wanted)


def wechat_owner(secret: bytes, app_id: str, openid: str) -> str:
    """The owner behind an openid: always the same, and nobody without `secret` can go back."""
    return f"wx-{_digest(secret, app_id, openid)}"


def external_owner(secret: bytes, issuer: str, subject: str) -> str:
    """The owner behind the subject of another service's tokens."""
    return f"ext-{_digest(secret, issuer, subject)}"


def _digest(secret: bytes, *parts: str) -> str:
    # Lengths first, so that ("ab", "c") and ("a", "bc") differ.
    message = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()[:32]
