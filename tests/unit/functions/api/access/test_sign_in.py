"""Signing in by WeChat, against a server that answers as WeChat does; staying in; going out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dh_core.settings import AuthSettings
from tests.support.wechat_server import (
    APP_ID,
    APP_SECRET,
    GARBAGE,
    OPENIDS,
    WechatServer,
)

DAY = 86_400


@pytest.fixture(scope="module")
def server() -> Iterator[WechatServer]:
    with WechatServer() as running:
        yield running


@pytest.fixture
def wechat(
    server: WechatServer, guard: Callable[[AuthSettings], None], auth_settings: AuthSettings
) -> WechatServer:
    changes = {
        "wechat_app_id": APP_ID,
        "wechat_api_url": server.url,
        "wechat_timeout_seconds": 0.3,
    }
    guard(auth_settings.model_copy(update=changes))
    server.queries.clear()
    return server


def sign_in(client: TestClient, code: str) -> Any:
    return client.post("/api/auth/wechat", json={"code": code})


def refresh(client: TestClient, token: str) -> Any:
    return client.post("/api/auth/refresh", json={"refresh_token": token})


def folder(client: TestClient, access_token: str) -> str:
    """Where this user's uploads go."""
    answer = client.post(
        "/api/upload/audio",
        json={"filename": "x.wav", "file_size": 10},
        headers={"Authorization": f"Bearer {access_token}"},
    )
    key: str = answer.json()["upload"]["fields"]["key"]
    return key.partition("/audio/")[0]


def test_a_code_becomes_tokens_that_open_the_api(client: TestClient, wechat: WechatServer) -> None:
    answer = sign_in(client, "code-of-ann")
    body = answer.json()
    assert (answer.status_code, body["token_type"], body["expires_in"]) == (200, "Bearer", 1800)
    assert answer.headers["Cache-Control"] == "no-store"
    assert body["scope"] == "read upload write"
    assert folder(client, body["access_token"]).startswith("uploads/wx-")
    assert wechat.queries == [
        {
            "path": "/sns/jscode2session",
            "appid": APP_ID,
            "secret": APP_SECRET,
            "js_code": "code-of-ann",
            "grant_type": "authorization_code",
        }
    ]


def test_the_same_person_is_always_the_same_owner_and_nobody_else(
    client: TestClient, wechat: WechatServer
) -> None:
    first, again, other = (
        folder(client, sign_in(client, code).json()["access_token"])
        for code in ("code-of-ann", "code-of-ann-again", "code-of-bo")
    )
    assert first == again != other


def test_no_openid_and_no_secret_of_a_session_is_kept_or_given_out(
    client: TestClient, wechat: WechatServer, moto_cloud: Any
) -> None:
    answer = sign_in(client, "code-of-ann")
    folder(client, answer.json()["access_token"])
    rows = repr(moto_cloud.table.client.scan(TableName=moto_cloud.table.name)["Items"])
    kept = rows + answer.text
    assert OPENIDS["code-of-ann"] not in kept
    assert "c2Vzc2lvbg" not in kept
    assert answer.json()["refresh_token"].rpartition("_")[2] not in rows


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        ("expired", 401, "wechat_code_invalid"),
        ("used", 401, "wechat_code_invalid"),
        ("often", 429, "wechat_rate_limited"),
        ("risky", 403, "wechat_user_blocked"),
        ("busy", 503, "wechat_unavailable"),
        ("broken", 503, "wechat_unavailable"),
        ("slow", 503, "wechat_unavailable"),
        ("moved", 503, "wechat_unavailable"),
        *((code, 503, "wechat_unavailable") for code in GARBAGE),
    ],
)
def test_each_refusal_of_wechat_has_a_meaning(
    client: TestClient, wechat: WechatServer, code: str, status: int, meaning: str
) -> None:
    answer = sign_in(client, code)
    assert (answer.status_code, answer.json()["code"]) == (status, meaning)
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    # A redirect is not followed: its target would learn the app's secret.
    assert [query["path"] for query in wechat.queries] == ["/sns/jscode2session"]


def test_a_wrong_app_secret_is_the_operators_business_and_stays_out_of_logs(
    client: TestClient,
    wechat: WechatServer,
    guard: Callable[[AuthSettings], None],
    auth_settings: AuthSettings,
    capfd: pytest.CaptureFixture[str],
) -> None:
    changes = {"wechat_app_id": "wx-another-app", "wechat_api_url": wechat.url}
    guard(auth_settings.model_copy(update=changes))
    answer = sign_in(client, "code-of-ann")
    assert (answer.status_code, answer.json()["code"]) == (503, "wechat_unavailable")
    said = answer.text + "".join(capfd.readouterr())
    assert "40013" not in answer.text
    assert APP_SECRET not in said
    assert "code-of-ann" not in said


def test_a_server_that_cannot_be_reached_is_unavailable(
    client: TestClient, guard: Callable[[AuthSettings], None], auth_settings: AuthSettings
) -> None:
    changes = {"wechat_app_id": APP_ID, "wechat_api_url": "http://127.0.0.1:1"}
    guard(auth_settings.model_copy(update=changes))
    assert sign_in(client, "code-of-ann").json()["code"] == "wechat_unavailable"


@pytest.mark.parametrize("code", ["", "a b", "x\r\nHost: evil", "码", "x" * 200, 7])
def test_what_cannot_be_a_code_is_not_sent_to_wechat(
    client: TestClient, wechat: WechatServer, code: Any
) -> None:
    assert client.post("/api/auth/wechat", json={"code": code}).status_code == 400
    assert wechat.queries == []


def test_a_server_without_a_mini_program_says_so(client: TestClient, guarded: None) -> None:
    answer = sign_in(client, "code-of-ann")
    assert (answer.status_code, answer.json()["code"]) == (404, "sign_in_unavailable")


def test_a_refresh_token_continues_the_session_once(
    client: TestClient, wechat: WechatServer
) -> None:
    first = sign_in(client, "code-of-ann").json()
    second = refresh(client, first["refresh_token"]).json()
    assert folder(client, second["access_token"]) == folder(client, first["access_token"])
    third = refresh(client, second["refresh_token"])
    assert third.status_code == 200


def test_a_refresh_token_that_comes_twice_ends_the_session_of_thief_and_owner(
    client: TestClient, wechat: WechatServer
) -> None:
    stolen = sign_in(client, "code-of-ann").json()["refresh_token"]
    other = sign_in(client, "code-of-ann").json()["refresh_token"]
    kept = refresh(client, stolen).json()["refresh_token"]
    reused = refresh(client, stolen)
    assert (reused.status_code, reused.json()["code"]) == (401, "refresh_token_reused")
    assert refresh(client, kept).json()["code"] == "refresh_token_invalid"
    assert refresh(client, other).status_code == 200


def test_a_session_that_nobody_continued_ends(
    client: TestClient, wechat: WechatServer, moto_cloud: Any
) -> None:
    token = sign_in(client, "code-of-ann").json()["refresh_token"]
    moto_cloud.clock.advance(31 * DAY)
    answer = refresh(client, token)
    assert (answer.status_code, answer.json()["code"]) == (401, "refresh_token_expired")


def test_signing_out_ends_the_session_and_may_be_repeated(
    client: TestClient, wechat: WechatServer
) -> None:
    token = sign_in(client, "code-of-ann").json()["refresh_token"]
    for _ in range(2):
        answer = client.post("/api/auth/logout", json={"refresh_token": token})
        assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert refresh(client, token).json()["code"] == "refresh_token_invalid"


@pytest.mark.parametrize("token", ["x", "dhr_1_2", f"dhr_{'0' * 32}_{'A' * 43}", "dhr_\x00"])
def test_what_was_never_a_refresh_token_is_invalid(
    client: TestClient, guarded: None, token: str
) -> None:
    answer = refresh(client, token)
    assert (answer.status_code, answer.json()["code"]) == (401, "refresh_token_invalid")
