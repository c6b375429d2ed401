"""Sessions of people who signed in: each refresh token works once and is replaced by the next.

A token that comes twice was copied, by a thief or from its owner; nobody can tell which of the two
is asking, so the session ends (RFC 9700, section 4.14.2).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

from dh_core.access.identity import Scope, known_scopes
from dh_core.clock import Clock, system_clock
from dh_core.errors import Unauthorized
from dh_core.store.table import ConditionFailed, Table

REFRESH_TOKEN: Final = re.compile(r"dhr_([0-9a-f]{32})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Session:
    """Whose session it is, and the refresh token that continues it."""

    owner: str
    scopes: frozenset[Scope]
    refresh_token: str


class SessionStore:
    """Opens, continues and ends sessions."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def open(self, owner: str, scopes: frozenset[Scope], *, valid_seconds: int) -> Session:
        session_id, secret = secrets.token_hex(16), secrets.token_urlsafe(32)
        self._table.put(
            {
                **_key(session_id),
                "GSI1PK": f"OWNER#{owner}#SESSION",
                "GSI1SK": session_id,
                "owner": owner,
                "scopes": sorted(scopes),
                "secret_hash": _hash(secret),
                "expires_at": int(self._clock()) + valid_seconds,
            }
        )
        return Session(owner, scopes, _token(session_id, secret))

    def rotate(self, token: str, *, valid_seconds: int) -> Session:
        """Exchange a refresh token for the next one. Raises Unauthorized."""
        match = REFRESH_TOKEN.fullmatch(token)
        if match is None:
            raise _invalid()
        session_id, presented, secret = match[1], _hash(match[2]), secrets.token_urlsafe(32)
        now = int(self._clock())
        try:
            item = self._table.update(
                {
                    "Key": _key(session_id),
                    "UpdateExpression": "SET secret_hash = :next, expires_at = :until",
                    # Of two requests with one token, only the first finds it in force.
                    "ConditionExpression": "secret_hash = :presented AND expires_at > :now",
                    "ExpressionAttributeValues": {
                        ":next": _hash(secret),
                        ":until": now + valid_seconds,
                        ":presented": presented,
                        ":now": now,
                    },
                }
            )
        except ConditionFailed as lost:
            raise self._refusal(session_id, presented) from lost
        scopes = known_scopes(item["scopes"])
        return Session(item["owner"], scopes, _token(session_id, secret))

    def end(self, token: str) -> None:
        """Forget the session of a refresh token, in force or replaced; fine if there is none."""
        if match := REFRESH_TOKEN.fullmatch(token):
            self._table.delete(_key(match[1]))

    def _refusal(self, session_id: str, presented: str) -> Unauthorized:
        item = self._table.get(_key(session_id))
        if item is None:
            return _invalid()
        self._table.delete(_key(session_id))
        if hmac.compare_digest(presented, item["secret_hash"]):
            return Unauthorized(
                "The session has expired; sign in again.", code="refresh_token_expired"
            )
        return Unauthorized(
            "This refresh token was used before, so its session has been ended; sign in again.",
            code="refresh_token_reused",
        )


def _key(session_id: str) -> dict[str, str]:
    return {"PK": f"SESSION#{session_id}", "SK": "SESSION"}


def _token(session_id: str, secret: str) -> str:
    return f"dhr_{session_id}_{secret}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _invalid() -> Unauthorized:
    return Unauthorized(
        "The refresh token is not valid (any more); sign in again.", code="refresh_token_invalid"
    )
