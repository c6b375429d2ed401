from __future__ import annotations

import errno
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from fastapi.testclient import TestClient

from functions.api import deps
from functions.api.app import app
from functions.api.auth.caller import Caller
from functions.api.http.dependencies import authenticate

VOICE = "/api/tasks/voice/generate"


def assert_seed_form(answer, status, code):
    assert answer.status_code == status
    assert set(answer.json()) == {
        "error",
        "code",
        "details",
        "retryable",
        "docs_url",
        "request_id",
    }
    assert answer.json()["code"] == code
    assert answer.json()["docs_url"] == f"/api/docs/errors#{code}"
    assert answer.json()["retryable"] is (status in (500, 503))
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


def test_unknown_routes_and_wrong_methods_answer_in_the_seed_form(client):
    assert_seed_form(client.get("/api/nothing"), 404, "route_not_found")
    assert_seed_form(client.get("/"), 404, "route_not_found")
    assert_seed_form(client.get(VOICE), 405, "method_not_allowed")


def test_a_wrong_method_is_told_every_right_one(client):
    answer = client.put("/api/voices/zf_xiaobei")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET, HEAD"
    assert client.put("/api/templates/list").headers["allow"] == "GET, HEAD"
    assert client.put("/download/voice/zf_xiaobei").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null"])
def test_a_body_that_is_no_json_object_is_a_bad_request(client, body):
    answer = client.post(VOICE, content=body, headers={"Content-Type": "application/json"})
    assert_seed_form(answer, 400, "invalid_request")
    assert answer.json()["error"].startswith("The body is")


def test_a_body_that_is_no_text_is_a_bad_request(client):
    headers = {"Content-Type": "application/json"}
    assert_seed_form(client.post(VOICE, content=b"\xff", headers=headers), 400, "invalid_request")


def test_a_body_without_a_json_content_type_is_told_so(client):
    answer = client.post(VOICE, content=b'{"text":"x"}', headers={"Content-Type": "text/plain"})
    assert_seed_form(answer, 400, "invalid_request")
    assert "application/json" in answer.json()["error"]


def test_an_over_large_body_is_refused(client):
    assert_seed_form(client.post(VOICE, json={"text": "x" * 300_000}), 413, "request_too_large")


def test_a_crash_is_logged_and_answered_without_its_detail(client, stores, monkeypatch, capfd):
    def crash(task_id):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(stores.tasks, "get", crash)
    answer = client.get("/api/tasks/550e8400-e29b-41d4-a716-446655440000/status")
    assert_seed_form(answer, 500, "internal_error")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="http://127.0.0.1"),
        ReadTimeoutError(endpoint_url="http://127.0.0.1"),
        ClientError(
            {"Error": {"Code": "InternalError"}, "ResponseMetadata": {"HTTPStatusCode": 500}}, "Get"
        ),
        ClientError(
            {"Error": {"Code": "Full"}, "ResponseMetadata": {"HTTPStatusCode": 507}}, "Put"
        ),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
def test_storage_that_is_away_or_full_is_answered_as_passing(client, stores, monkeypatch, error):
    monkeypatch.setattr(stores.tasks, "get", Mock(side_effect=error))
    answer = client.get("/api/tasks/550e8400-e29b-41d4-a716-446655440000/status")
    assert_seed_form(answer, 503, "service_unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_browsers_of_any_origin_may_read_even_a_crash(client, stores, monkeypatch):
    monkeypatch.setattr(stores.counters, "totals", lambda: 1 / 0)
    answer = client.get("/api/system/status", headers={"Origin": "https://studio.example"})
    assert answer.status_code == 500
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_preflight_allows_the_idempotency_key(client):
    answer = client.options(
        VOICE,
        headers={
            "Origin": "https://studio.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,idempotency-key",
        },
    )
    assert answer.status_code == 200


def test_another_owners_task_is_not_found(client, stores):
    created = client.post(VOICE, json={"text": "你好"}).json()
    app.dependency_overrides[authenticate] = lambda: Caller("somebody-else")
    assert_seed_form(client.get(created["status_url"]), 404, "task_not_found")
    cancel = client.post(f"/api/tasks/{created['task_id']}/cancel")
    assert_seed_form(cancel, 404, "task_not_found")


def test_a_missing_setting_fails_the_request_not_the_import(monkeypatch):
    for name in ("TABLE_NAME", "BUCKET_NAME", "TASK_QUEUE_URL"):
        monkeypatch.delenv(name, raising=False)
    deps.process_stores.cache_clear()
    with TestClient(app) as client:
        assert client.get("/api/system/status").status_code == 500


def test_a_setting_out_of_range_shows_in_every_answer_health_included(monkeypatch, capsys):
    for name in ("TABLE_NAME", "BUCKET_NAME", "TASK_QUEUE_URL"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("UPLOAD_EXPIRES_SECONDS", "3")
    deps.process_stores.cache_clear()
    with TestClient(app) as client:
        assert client.get("/api/health").status_code == 500
        assert client.get("/api/templates/list").status_code == 500
