"""Keys that change themselves, and the tokens that they mint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dh_core.access.identity import USER_SCOPES, Scope

Key = Callable[..., dict[str, str]]


@pytest.fixture
def ask(client: TestClient, guarded: None) -> Callable[..., Any]:
    def send(method: str, path: str, headers: dict[str, str], **body: Any) -> Any:
        sends = {"json": body} if method == "POST" else {}
        return client.request(method, f"/api{path}", headers=headers, **sends)

    return send


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_minted_token_has_the_rights_and_the_life_that_were_asked_for(
    ask: Callable[..., Any], key_of: Key, moto_cloud: Any
) -> None:
    made = ask("POST", "/tokens", key_of("shop"), scopes=["read"], ttl_seconds=60)
    assert made.headers["cache-control"] == "no-store"
    assert (made.json()["expires_in"], made.json()["scope"]) == (60, "read")
    token = {"Authorization": f"Bearer {made.json()['access_token']}"}
    assert ask("GET", "/tasks", token).status_code == 200
    assert code(ask("POST", "/tasks/voice/generate", token, text="好")) == (403, "scope_missing")
    for path in ("/tokens", "/keys/rotate"):
        everything = ask("POST", "/tokens", key_of("shop")).json()["access_token"]
        refused = ask("POST", path, {"Authorization": f"Bearer {everything}"})
        assert code(refused) == (403, "api_key_needed")


def test_a_token_gets_no_right_that_its_key_lacks(ask: Callable[..., Any], key_of: Key) -> None:
    narrow = key_of("shop", frozenset({Scope.WRITE}))
    assert code(ask("POST", "/tokens", narrow, scopes=["read"])) == (403, "scope_missing")
    admin = key_of("shop", USER_SCOPES | {Scope.ADMIN})
    assert ask("POST", "/tokens", admin).json()["scope"] == "read upload write"
    assert code(ask("POST", "/tokens", admin, ttl_seconds=3601)) == (400, "invalid_request")


def test_a_rotated_key_stays_good_for_its_grace_and_no_longer(
    ask: Callable[..., Any], key_of: Key, moto_cloud: Any
) -> None:
    old = key_of("shop")
    made = ask("POST", "/keys/rotate", old, grace_seconds=60).json()
    new = {"Authorization": f"Bearer {made['key']}"}
    assert made["info"]["scopes"] == ["read", "upload", "write"]
    assert [ask("GET", "/tasks", key).status_code for key in (old, new)] == [200, 200]
    moto_cloud.clock.advance(61)
    assert code(ask("GET", "/tasks", old)) == (401, "key_expired")
    assert ask("GET", "/tasks", new).status_code == 200


def test_a_rotation_whose_answer_was_lost_can_be_repeated(
    ask: Callable[..., Any], key_of: Key
) -> None:
    old = key_of("shop")
    lost = ask("POST", "/keys/rotate", old, grace_seconds=60).json()
    found = ask("POST", "/keys/rotate", old, grace_seconds=86_400).json()
    assert found["old_valid_until"] <= lost["old_valid_until"] + 1
    assert found["info"]["valid_until"] is None
    gone = ask("GET", "/tasks", {"Authorization": f"Bearer {lost['key']}"})
    assert code(gone) == (401, "key_revoked")


def test_a_key_that_ends_is_not_prolonged_by_rotation(ask: Callable[..., Any], keys: Any) -> None:
    record, key = keys.create("shop", USER_SCOPES, valid_seconds=100)
    made = ask("POST", "/keys/rotate", {"X-Api-Key": key}, grace_seconds=3600).json()
    assert made["info"]["valid_until"] == record.valid_until == made["old_valid_until"]


def test_keys_are_listed_without_secrets_and_revoked_at_once(
    ask: Callable[..., Any], key_of: Key
) -> None:
    mine, other = key_of("shop"), key_of("shop")
    key_of("shop", USER_SCOPES | {Scope.ADMIN})
    key_of("shop-b")
    listed = ask("GET", "/keys", mine)
    assert [one["current"] for one in listed.json()["keys"]].count(True) == 1
    assert len(listed.json()["keys"]) == 2
    for key in (mine, other):
        assert key["Authorization"].split("_", 2)[2] not in listed.text
    (victim,) = (one["key_id"] for one in listed.json()["keys"] if not one["current"])
    assert ask("DELETE", f"/keys/{victim}", mine).json()["key_id"] == victim
    assert code(ask("GET", "/tasks", other)) == (401, "key_revoked")


def test_an_open_server_has_no_keys(client: TestClient) -> None:
    for method, path in (("GET", "/keys"), ("DELETE", "/keys/x")):
        assert code(client.request(method, f"/api{path}")) == (404, "sign_in_unavailable")
