"""JSON Web Tokens: ours (HS256, several keys) and, if configured, another service's (RS256).

Which keys may verify a token follows from its algorithm, never the other way round: a public key
is no HS256 secret here, and `none` is no algorithm. PyJWT checks signature, time, issuer and
audience; it is imported on first use, because it costs a tenth of a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

from dh_core.access.identity import OWNER, USER_SCOPES, Scope, external_owner, known_scopes
from dh_core.access.secrets import AuthSecretsSource
from dh_core.clock import Clock, new_id, system_clock
from dh_core.errors import Unauthorized
from dh_core.settings import AuthSettings, SettingsError
from functions.api.auth.caller import Caller

ISSUER: Final = "digital-human"
AUDIENCE: Final = "digital-human-api"
TYPE: Final = "at+jwt"
"""RFC 9068: what else may be signed with these keys is no access token."""
MAX_CHARACTERS: Final = 4096
_LEEWAY_SECONDS: Final = 10
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_REQUIRED: Final = ["iss", "aud", "sub", "exp"]


class AccessTokens:
    """Issues and verifies."""

    def __init__(
        self, settings: AuthSettings, secrets: AuthSecretsSource, clock: Clock = system_clock
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._clock = clock

    def issue(self, owner: str, scopes: Iterable[Scope], seconds: int | None = None) -> str:
        """A token for so long, or else `access_token_seconds`, signed with the first key."""
        import jwt  # noqa: PLC0415 - see above

        key = self._secrets.current().signing_keys[0]
        now = int(self._clock())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": owner,
            "scope": " ".join(sorted(scopes)),
            "iat": now,
            "exp": now + (seconds or self._settings.access_token_seconds),
            "jti": new_id(),
        }
        return jwt.encode(
            claims,
            key.secret.get_secret_value(),
            algorithm="HS256",
            headers={"kid": key.kid, "typ": TYPE},
        )

    def verify(self, token: str) -> Caller:
        """Raises Unauthorized: `token_expired`, or `token_invalid` for everything else."""
        import jwt  # noqa: PLC0415 - see above

        if len(token) > MAX_CHARACTERS or not _COMPACT.fullmatch(token):
            raise invalid()
        try:
            header = jwt.get_unverified_header(token)
            if "crit" in header:
                raise invalid()
            if header.get("alg") == "HS256":
                return self._own(token, header)
            if header.get("alg") == "RS256" and self._settings.auth_external_issuer:
                return self._external(token, header)
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized(
                "The token has expired; refresh it (POST /api/auth/refresh) or sign in again.",
                code="token_expired",
            ) from error
        # A header of nested brackets exhausts the JSON parser's recursion.
        except (jwt.PyJWTError, RecursionError, ValueError, OverflowError) as error:
            raise invalid() from error
        raise invalid()

    def _own(self, token: str, header: dict[str, Any]) -> Caller:
        secret = self._secrets.current().verifying.get(str(header.get("kid")))
        if secret is None or header.get("typ") != TYPE:
            raise invalid()
        claims = _decode(token, secret, "HS256", issuer=ISSUER, audience=AUDIENCE)
        if not OWNER.fullmatch(claims["sub"]):
            raise invalid()
        return Caller(claims["sub"], _scopes(claims) & USER_SCOPES)

    def _external(self, token: str, header: dict[str, Any]) -> Caller:
        issuer, audience = (
            self._settings.auth_external_issuer or "",
            self._settings.auth_external_audience or "",
        )
        # A key without a name (a PEM never has one) verifies tokens that name any.
        key = self._external_keys.get(header.get("kid")) or self._external_keys.get(None)
        if key is None:
            raise invalid()
        claims = _decode(token, key, "RS256", issuer=issuer, audience=audience)
        owner = external_owner(self._secrets.current().owner_key, issuer, claims["sub"])
        # Such a service may leave scopes out; it can never make an administrator.
        scopes = _scopes(claims) & USER_SCOPES if "scope" in claims else USER_SCOPES
        return Caller(owner, scopes)

    @cached_property
    def _external_keys(self) -> dict[str | None, Any]:
        import jwt  # noqa: PLC0415 - see above

        document = self._settings.auth_external_keys or ""
        if not document.lstrip().startswith("{"):
            return {None: document}
        try:
            return {key.key_id: key.key for key in jwt.PyJWKSet.from_json(document).keys}
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise SettingsError("AUTH_EXTERNAL_KEYS: neither a JWKS document nor a PEM") from error


def _decode(token: str, key: Any, algorithm: str, *, issuer: str, audience: str) -> dict[str, Any]:
    import jwt  # noqa: PLC0415 - see above

    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        issuer=issuer,
        audience=audience,
        leeway=_LEEWAY_SECONDS,
        options={"require": _REQUIRED},
    )
    return claims


def _scopes(claims: dict[str, Any]) -> frozenset[Scope]:
    scope = claims.get("scope")
    return known_scopes(scope.split()) if isinstance(scope, str) else frozenset()


def invalid() -> Unauthorized:
    """One answer for every kind of wrong credential: what was wrong helps only a forger."""
    return Unauthorized(
        "The credential is not valid; sign in again, or use another API key.", code="token_invalid"
    )
