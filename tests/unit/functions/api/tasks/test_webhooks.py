from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from dh_core.store import DeliveryStatus
from dh_core.store.webhooks.records import Attempt
from tests.unit.functions.dispatch.receiver import receiving

SPEAK = "/api/tasks/voice/generate"
HOOK = "https://example.com/hook"


def test_without_settings_there_is_no_callback_and_no_secret(client):
    answer = client.get("/api/webhook").json()
    assert (answer["url"], answer["secrets"]) == (None, [])


def test_the_first_default_shows_its_secret_once(client):
    first = client.put("/api/webhook", json={"url": HOOK}).json()
    assert first["secret"].startswith("whsec_")
    assert first["url"] == HOOK
    assert client.put("/api/webhook", json={"url": HOOK + "2"}).json()["secret"] is None
    seen = client.get("/api/webhook")
    assert first["secret"] not in seen.text
    assert seen.json()["url"] == HOOK + "2"


def test_a_rotated_secret_leaves_the_one_before_it_valid_for_a_day(client, clock):
    old = client.post("/api/webhook/secret").json()["secret"]
    rotated = client.post("/api/webhook/secret").json()
    assert rotated["secret"] != old
    newest, before = rotated["secrets"]
    assert newest["valid_until"] is None
    assert before["valid_until"] > newest["created_at"]
    clock.advance(86_401)
    assert len(client.get("/api/webhook").json()["secrets"]) == 1


@pytest.mark.parametrize("url", ["http://example.com/", "https://10.0.0.1/", "https://localhost"])
def test_a_callback_that_could_lead_inside_is_refused(client, url):
    client.post("/api/webhook/secret")
    for answer in (
        client.put("/api/webhook", json={"url": url}),
        client.post(SPEAK, json={"text": "你好", "callback_url": url}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "callback_url_refused")
    assert client.get("/api/system/status").json()["total_tasks"] == 0


def test_a_callback_without_a_secret_to_sign_with_is_refused(client):
    answer = client.post(SPEAK, json={"text": "你好", "callback_url": HOOK})
    assert (answer.status_code, answer.json()["code"]) == (400, "webhook_secret_missing")
    assert "/api/webhook/secret" in answer.json()["error"]


def ended_task(client, **body):
    task_id = client.post(SPEAK, json={"text": "你好", **body}).json()["task_id"]
    client.post(f"/api/tasks/{task_id}/cancel")
    return client.get(f"/api/tasks/{task_id}/deliveries").json()["deliveries"]


def test_a_tasks_own_callback_comes_before_the_default(client):
    client.put("/api/webhook", json={"url": HOOK})
    assert ended_task(client)[0]["url"] == HOOK
    assert ended_task(client, callback_url=HOOK + "/own")[0]["url"] == HOOK + "/own"
    client.delete("/api/webhook")
    assert ended_task(client) == []


def test_the_log_says_when_the_next_attempt_is_due(client):
    client.put("/api/webhook", json={"url": HOOK})
    (delivery,) = ended_task(client)
    assert delivery["status"] == "pending"
    assert delivery["next_attempt_at"]
    assert delivery["attempts"] == []


def test_the_log_of_no_task_is_not_found(client):
    answer = client.get("/api/tasks/550e8400-e29b-41d4-a716-446655440000/deliveries")
    assert (answer.status_code, answer.json()["code"]) == (404, "task_not_found")


def test_another_callback_under_the_same_uuid_is_another_request(client):
    client.post("/api/webhook/secret")
    body = {"text": "你好", "uuid": "mine", "callback_url": HOOK}
    assert client.post(SPEAK, json=body).status_code == 200
    assert client.post(SPEAK, json=body).status_code == 200
    assert client.post(SPEAK, json={**body, "callback_url": HOOK + "2"}).status_code == 409


def test_the_ends_to_be_told_are_the_tasks_own_or_the_defaults(client):
    client.put("/api/webhook", json={"url": HOOK, "events": ["failed", "completed"]})
    assert client.get("/api/webhook").json()["events"] == ["completed", "failed"]
    assert ended_task(client) == []
    assert ended_task(client, callback_events=["cancelled"])[0]["url"] == HOOK
    refused = client.post(SPEAK, json={"text": "好", "callback_events": ["begun"]})
    assert refused.json()["details"][0]["allowed"] == {
        "enum": ["started", "progress", "completed", "failed", "cancelled"]
    }


def test_other_ends_under_the_same_uuid_are_another_request(client):
    client.put("/api/webhook", json={"url": HOOK})
    body = {"text": "好", "uuid": "mine", "callback_events": ["failed", "completed"]}
    assert client.post(SPEAK, json=body).status_code == 200
    again = {**body, "callback_events": ["completed", "failed"]}
    assert client.post(SPEAK, json=again).status_code == 200
    assert client.post(SPEAK, json={**body, "callback_events": ["failed"]}).status_code == 409


def test_a_server_can_be_tried_before_a_task_calls_it(client, configure):
    configure(webhook_allow_loopback=True)
    secret = client.post("/api/webhook/secret").json()["secret"]
    with receiving() as receiver:
        receiver.statuses = [204, 500]
        taken = client.post("/api/webhook/test", json={"url": receiver.url}).json()
        refused = client.post("/api/webhook/test", json={"url": receiver.url}).json()
        call = receiver.calls[0]
    headers = {name.lower(): value for name, value in call.headers.items()}
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signed = Webhook(secret).sign(headers["webhook-id"], at, call.body.decode())
    assert headers["webhook-signature"] == signed
    assert json.loads(call.body)["type"] == "webhook.test"
    assert (taken["accepted"], taken["http_status"], taken["error"]) == (True, 204, None)
    assert (refused["accepted"], refused["error"]) == (False, "http_500")
    assert headers["webhook-id"] == taken["webhook_id"]


def test_a_try_leads_only_where_a_callback_may_and_needs_an_address_and_a_secret(client):
    def code(body):
        return client.post("/api/webhook/test", json=body).json()["code"]

    assert code({"url": HOOK}) == "webhook_secret_missing"
    client.post("/api/webhook/secret")
    assert code({}) == "invalid_request"
    assert code({"url": "http://127.0.0.1:9/"}) == "callback_url_refused"


def test_a_webhook_is_delivered_again_when_it_is_asked_for(client, stores):
    client.put("/api/webhook", json={"url": HOOK})
    task_id = client.post(SPEAK, json={"text": "好"}).json()["task_id"]
    again = f"/api/tasks/{task_id}/deliveries/redeliver"
    early = client.post(again)
    assert (early.status_code, early.json()["code"]) == (409, "nothing_to_deliver")
    client.post(f"/api/tasks/{task_id}/cancel")
    claimed = stores.deliveries.claim(task_id)
    tried = Attempt("2026-01-01T00:00:00Z", 410, "http_410", 5)
    stores.deliveries.settle(claimed, tried, DeliveryStatus.GIVEN_UP, None)
    (delivery,) = client.post(again).json()["deliveries"]
    assert (delivery["status"], len(delivery["attempts"])) == ("pending", 1)
    assert delivery["next_attempt_at"]
