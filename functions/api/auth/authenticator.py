"""Turns the credential of a request into a caller, and opens and continues sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dh_core.access.identity import USER_SCOPES, Scope, wechat_owner
from dh_core.access.secrets import AuthSecretsSource
from dh_core.clock import Clock, system_clock
from dh_core.errors import Unauthorized
from dh_core.settings import AuthSettings
from dh_core.store import ApiKeyStore, OpenIdStore, Session, SessionStore, Table
from dh_core.store.owners.api_keys import PREFIX
from functions.api.auth.access_tokens import AccessTokens, invalid
from functions.api.auth.caller import Caller

if TYPE_CHECKING:
    from functions.api.auth.wechat import WechatClient
    from functions.api.auth.wechat_messages import WechatMessages
    from functions.api.auth.wechat_texts import WechatTexts

_DAY_SECONDS: Final = 86_400


def is_api_key(credential: str) -> bool:
    """Whether it means to be an API key, which the table knows, rather than a token."""
    return credential.startswith(PREFIX)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a session gives its client."""

    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    scope: str


class Authenticator:
    """Everything of `AUTH_MODE=token`."""

    def __init__(
        self,
        settings: AuthSettings,
        table: Table,
        secrets: AuthSecretsSource,
        clock: Clock = system_clock,
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._clock = clock
        self.keys = ApiKeyStore(table, clock)
        self._sessions = SessionStore(table, clock)
        self._tokens = AccessTokens(settings, secrets, clock)
        self._openids = OpenIdStore(table)
        self._texts: WechatTexts | None = None

    def authenticate(self, credential: str) -> Caller:
        """Raises Unauthorized."""
        if is_api_key(credential):
            return self._by_key(credential)
        return self._tokens.verify(credential)

    def _by_key(self, credential: str) -> Caller:
        # Read at every request, so that a key is dead the moment that it is revoked.
        key = self.keys.find(credential)
        if key is None:
            raise invalid()
        if key.revoked_at is not None:
            raise Unauthorized("This API key was revoked; use another.", code="key_revoked")
        if key.valid_until is not None and key.valid_until <= self._clock():
            raise Unauthorized("This API key has expired; use another.", code="key_expired")
        return Caller(key.owner, key.scopes, key.key_id)

    def mint(self, owner: str, scopes: frozenset[Scope], seconds: int) -> str:
        """A token that nothing can renew or revoke: it lapses by itself."""
        return self._tokens.issue(owner, scopes, seconds)

    @property
    def has_wechat(self) -> bool:
        return self._wechat() is not None

    def sign_in_by_wechat(self, code: str) -> Tokens:
        """Raises what `WechatClient.openid` raises."""
        client = self._wechat()
        assert client is not None
        openid = client.openid(code)
        owner = wechat_owner(self._secrets.current().owner_key, client.app_id, openid)
        if "wechat" in (self._settings.text_moderator, self._settings.media_moderator):
            self._openids.put(owner, openid)
        return self._given(
            self._sessions.open(owner, USER_SCOPES, valid_seconds=self._refresh_seconds)
        )

    def refused_by_wechat(self, owner: str, texts: Mapping[str, str]) -> str | None:
        """The first text that WeChat does not let pass. None is asked of who signs in otherwise.

        Raises ServiceUnavailable.
        """
        if self._settings.text_moderator != "wechat" or not texts:
            return None
        openid, client = self._openids.get(owner), self._wechat()
        if openid is None or client is None:
            return None
        from dh_core.access.wechat_api import WechatApi  # noqa: PLC0415 - as below
        from functions.api.auth.wechat_texts import WechatTexts  # noqa: PLC0415 - as below

        if self._texts is None:
            api = WechatApi(
                client.app_id,
                client.app_secret,
                client.base_url,
                client.timeout_seconds,
                self._clock,
            )
            self._texts = WechatTexts(api, self._settings.wechat_scene)
        return self._texts.refused_field(openid, texts)

    def judges_media(self, owner: str) -> bool:
        """Whether WeChat judges what this owner uploads, before it may be used."""
        return self._settings.media_moderator == "wechat" and self._openids.get(owner) is not None

    def wechat_messages(self) -> WechatMessages | None:
        """What opens WeChat's messages, where it judges media; else none come."""
        secrets, app_id = self._secrets.current(), self._settings.wechat_app_id
        token, key = secrets.wechat_message_token, secrets.wechat_message_key
        if self._settings.media_moderator != "wechat" or not (app_id and token and key):
            return None
        from functions.api.auth.wechat_messages import WechatMessages  # noqa: PLC0415 - as below

        return WechatMessages(app_id, token.get_secret_value(), key.get_secret_value())

    def refresh(self, refresh_token: str) -> Tokens:
        """Raises Unauthorized."""
        return self._given(
            self._sessions.rotate(refresh_token, valid_seconds=self._refresh_seconds)
        )

    def sign_out(self, refresh_token: str) -> None:
        """End a session. Its access token lives on for the minutes that it has left."""
        self._sessions.end(refresh_token)

    @property
    def _refresh_seconds(self) -> int:
        return self._settings.refresh_token_days * _DAY_SECONDS

    def _given(self, session: Session) -> Tokens:
        return Tokens(
            access_token=self._tokens.issue(session.owner, session.scopes),
            expires_in=self._settings.access_token_seconds,
            refresh_token=session.refresh_token,
            refresh_expires_in=self._refresh_seconds,
            scope=" ".join(sorted(session.scopes)),
        )

    def _wechat(self) -> WechatClient | None:
        app_id = self._settings.wechat_app_id
        secret = self._settings.wechat_app_secret or self._secrets.current().wechat_app_secret
        if not app_id or secret is None:
            return None
        # It brings urllib's HTTP client, which only sign-ins need.
        from functions.api.auth.wechat import WechatClient  # noqa: PLC0415 - see above

        return WechatClient(
            app_id=app_id,
            app_secret=secret.get_secret_value(),
            base_url=self._settings.wechat_api_url,
            timeout_seconds=self._settings.wechat_timeout_seconds,
        )
