"""msgSecCheck, against a server that answers as WeChat does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dh_core.settings import AuthSettings
from tests.support.wechat_server import APP_ID, WechatServer

SPEAK = "/api/tasks/voice/generate"


@pytest.fixture
def wechat(guard: Callable[[AuthSettings], None], auth_settings: AuthSettings) -> Iterator[Any]:
    with WechatServer() as server:
        changes = {
            "wechat_app_id": APP_ID,
            "wechat_api_url": server.url,
            "wechat_timeout_seconds": 5.0,
            "text_moderator": "wechat",
        }
        guard(auth_settings.model_copy(update=changes))
        yield server


@pytest.fixture
def ann(client: TestClient, wechat: WechatServer) -> dict[str, str]:
    """Headers of somebody who signed in by WeChat."""
    tokens = client.post("/api/auth/wechat", json={"code": "code-of-ann"}).json()
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def speak(client: TestClient, text: str, headers: dict[str, str]) -> Any:
    return client.post(SPEAK, json={"text": text}, headers=headers)


@pytest.mark.parametrize("word", ["违法", "可疑"])
def test_a_text_that_wechat_does_not_let_pass_is_refused(
    client: TestClient, wechat: WechatServer, ann: dict[str, str], word: str
) -> None:
    refused = speak(client, f"这是{word}内容", ann)
    assert (refused.status_code, refused.json()["code"]) == (400, "content_rejected")
    assert refused.json()["details"][0]["field"] == "text"
    assert wechat.checked[0]["openid"] == "oANN-openid"
    assert wechat.checked[0]["scene"] == 3


def test_a_text_that_passes_becomes_a_task_and_the_token_is_kept(
    client: TestClient, wechat: WechatServer, ann: dict[str, str]
) -> None:
    assert speak(client, "你好", ann).status_code == 200
    assert speak(client, "再见", ann).status_code == 200
    assert (len(wechat.checked), wechat.tokens) == (2, 1)


def test_a_long_text_is_judged_to_its_end(
    client: TestClient, wechat: WechatServer, ann: dict[str, str]
) -> None:
    refused = speak(client, "好" * 4000 + "违法", ann)
    assert refused.json()["code"] == "content_rejected"
    assert len(wechat.checked) == 2


def test_a_token_that_another_process_replaced_is_renewed_once(
    client: TestClient, wechat: WechatServer, ann: dict[str, str]
) -> None:
    speak(client, "你好", ann)
    wechat.tokens = 7
    assert speak(client, "再见", ann).status_code == 200
    assert wechat.tokens == 8
    wechat.check_error = 42001
    assert speak(client, "又见", ann).json()["code"] == "moderation_unavailable"
    assert wechat.tokens == 9


@pytest.mark.parametrize("errcode", [-1, 45009, 61010, 47001])
def test_nothing_is_made_while_wechat_does_not_judge(
    client: TestClient, wechat: WechatServer, ann: dict[str, str], errcode: int
) -> None:
    wechat.check_error = errcode
    answer = speak(client, "你好", ann)
    assert (answer.status_code, answer.json()["code"]) == (503, "moderation_unavailable")
    assert client.get("/api/tasks", headers=ann).json()["tasks"] == []


def test_who_did_not_sign_in_by_wechat_is_judged_by_the_words_alone(
    client: TestClient, wechat: WechatServer, key_of: Callable[..., dict[str, str]]
) -> None:
    assert speak(client, "违法", key_of("shop")).status_code == 200
    assert wechat.checked == []
