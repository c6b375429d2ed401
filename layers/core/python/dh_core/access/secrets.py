"""The secrets of signing in: one JSON document, given directly or kept in AWS Secrets Manager.

    {"signing_keys": [{"kid": "2026-11", "secret": "..."}, ...],
     "owner_secret": "...", "wechat_app_secret": "...",
     "wechat_message_token": "...", "wechat_message_key": "..."}

The first signing key signs, all of them verify, so keys rotate without downtime. `owner_secret`
turns openids into owners and must stay as it is: with another one everybody is somebody else. The
last two are the Token and EncodingAESKey of WeChat's messages, where MEDIA_MODERATOR=wechat.
"""

import json
import re
import secrets
import string
from functools import cached_property
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from dh_core.clock import Clock, system_clock
from dh_core.cloud import clients as aws
from dh_core.settings import SettingsError, WechatSettings

_REFRESH_SECONDS: Final = 300
"""A process knows a new signing key after this long at the latest."""

_ENCODING_AES_KEY: Final = re.compile(r"[A-Za-z0-9]{43}", re.ASCII)
_LETTERS: Final = string.ascii_letters + string.digits
_Strong = Annotated[SecretStr, Field(min_length=32)]
"""RFC 7518, 3.2: a key of HS256 has at least 256 bits."""


class _Secret(BaseModel):
    # What is wrong with a secret may be logged; the secret may not.
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class SigningKey(_Secret):
    kid: str = Field(min_length=1, max_length=64)
    secret: _Strong


class AuthSecrets(_Secret):
    """The document."""

    signing_keys: tuple[SigningKey, ...] = Field(min_length=1, max_length=10)
    owner_secret: _Strong
    wechat_app_secret: SecretStr | None = None
    wechat_message_token: SecretStr | None = Field(default=None, min_length=3, max_length=32)
    wechat_message_key: SecretStr | None = None

    @field_validator("wechat_message_key")
    @classmethod
    def _an_encoding_aes_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not _ENCODING_AES_KEY.fullmatch(key.get_secret_value()):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        return key

    @field_validator("signing_keys")
    @classmethod
    def _named_apart(cls, keys: tuple[SigningKey, ...]) -> tuple[SigningKey, ...]:
        if len({key.kid for key in keys}) < len(keys):
            raise ValueError("two keys have the same kid")
        return keys

    @property
    def verifying(self) -> dict[str, str]:
        return {key.kid: key.secret.get_secret_value() for key in self.signing_keys}

    @property
    def owner_key(self) -> bytes:
        return self.owner_secret.get_secret_value().encode()

    @classmethod
    def parse(cls, document: str) -> Self:
        """Raises SettingsError, which says what is wrong without showing it."""
        try:
            return cls.model_validate_json(document)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            problem = f"AUTH_SECRETS: {place}: {first['msg']}"
        raise SettingsError(problem)


def new_document(kid: str, wechat_app_secret: str | None = None) -> str:
    """A document of fresh random secrets. What guards WeChat's messages is to be entered there."""
    document: dict[str, Any] = {
        "signing_keys": [{"kid": kid, "secret": secrets.token_urlsafe(48)}],
        "owner_secret": secrets.token_urlsafe(48),
    }
    if wechat_app_secret:
        document |= {
            "wechat_app_secret": wechat_app_secret,
            "wechat_message_token": _letters(32),
            "wechat_message_key": _letters(43),
        }
    return json.dumps(document)


def _letters(count: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


class AuthSecretsSource:
    """The document as it is now, read again every five minutes when Secrets Manager holds it."""

    def __init__(
        self, settings: WechatSettings, clock: Clock = system_clock, client: Any = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._current: AuthSecrets | None = None
        self._read_at = 0.0
        if client is not None:
            self._client = client

    def current(self) -> AuthSecrets:
        """Raises SettingsError, and boto3's errors if it could never be read."""
        if self._current is None or self._is_old():
            self._current = self._read()
            self._read_at = self._clock()
        return self._current

    def _is_old(self) -> bool:
        if self._settings.auth_secrets is not None:
            return False
        return self._clock() - self._read_at > _REFRESH_SECONDS

    def _read(self) -> AuthSecrets:
        if self._settings.auth_secrets is not None:
            return AuthSecrets.parse(self._settings.auth_secrets.get_secret_value())
        answer = self._client.get_secret_value(SecretId=self._settings.auth_secrets_id)
        return AuthSecrets.parse(answer["SecretString"])

    @cached_property
    def _client(self) -> Any:
        return aws.client("secretsmanager")
