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
from fastapi.testclient import TestClient

from dh_core.access.identity import USER_SCOPES, Scope
from dh_core.access.secrets import AuthSecretsSource
from dh_core.settings import AuthSettings
from dh_core.store import ApiKeyStore
from functions.api.app import app
from functions.api.auth.authenticator import Authenticator
from functions.api.http import dependencies
from functions.api.telemetry import logger
from functions.dispatch.deps import Dependencies
from tests.support.wechat_push import KEY, TOKEN
from tests.support.wechat_server import APP_ID, WechatServer
from tests.unit.functions.api.access.wechat_desk import Desk, Heard

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


@pytest.fixture
def desk(
    client: TestClient,
    guard: Callable[[AuthSettings], None],
    dispatcher: Any,
    moto_cloud: Any,
) -> Iterator[Desk]:
    document = SECRETS | {"wechat_message_token": TOKEN, "wechat_message_key": KEY}
    with WechatServer() as wechat:
        settings = AuthSettings(
            auth_mode="token",
            auth_secrets=json.dumps(document),
            wechat_app_id=APP_ID,
            wechat_api_url=wechat.url,
            media_moderator="wechat",
        )
        guard(settings)
        heard = Heard()
        guarded = app.dependency_overrides[dependencies.stores]()
        stores = replace(guarded, queue=heard)
        app.dependency_overrides[dependencies.stores] = lambda: stores
        deps = Dependencies(dispatcher.deps.settings, moto_cloud.clock, settings)
        deps.__dict__.update(queue=heard, batch=dispatcher.deps.batch)
        tokens = client.post("/api/auth/wechat", json={"code": "code-of-ann"}).json()
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        yield Desk(client, moto_cloud, wechat, deps, heard, headers)
