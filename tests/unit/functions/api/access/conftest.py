"""The API in `AUTH_MODE=token`, over an AWS account in memory."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from dh_core.access.identity import USER_SCOPES, Scope
from dh_core.access.secrets import AuthSecretsSource
from dh_core.settings import AuthSettings
from dh_core.store import ApiKeyStore
from functions.api.app import app
from functions.api.auth.authenticator import Authenticator
from functions.api.http import dependencies
from functions.api.telemetry import logger

SECRETS: dict[str, Any] = {
    "signing_keys": [
        {"kid": "new", "secret": "n" * 64},
        {"kid": "old", "secret": "o" * 64},
    ],
    "owner_secret": "w" * 40,
    "wechat_app_secret": "app-secret",
}


@pytest.fixture
def auth_settings() -> AuthSettings:
    return AuthSettings(auth_mode="token", auth_secrets=json.dumps(SECRETS))


@pytest.fixture
def guard(stores: Any, moto_cloud: Any) -> Iterator[Callable[[AuthSettings], None]]:
    """Put an authenticator with these settings before the API. Tokens tell the real time."""
    moto_cloud.clock.now = time.time()

    def put(settings: AuthSettings) -> None:
        secrets = AuthSecretsSource(settings)
        authenticator = Authenticator(settings, moto_cloud.table, secrets, moto_cloud.clock)
        guarded = replace(stores, authenticator=authenticator)
        app.dependency_overrides[dependencies.stores] = lambda: guarded

    yield put
    app.dependency_overrides.clear()


@pytest.fixture
def guarded(guard: Callable[[AuthSettings], None], auth_settings: AuthSettings) -> None:
    guard(auth_settings)


@pytest.fixture
def keys(moto_cloud: Any) -> ApiKeyStore:
    return ApiKeyStore(moto_cloud.table, moto_cloud.clock)


@pytest.fixture
def key_of(keys: ApiKeyStore) -> Callable[..., dict[str, str]]:
    """Headers of a request by this owner."""

    def make(owner: str, scopes: frozenset[Scope] = USER_SCOPES) -> dict[str, str]:
        _, key = keys.create(owner, scopes, valid_seconds=None)
        return {"Authorization": f"Bearer {key}"}

    return make


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the function's logger writes."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    yield written
    # Powertools hands it on to the logger below.
    logger.removeHandler(handler)  # type: ignore[attr-defined]
