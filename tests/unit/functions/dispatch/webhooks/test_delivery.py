from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from dh_core.access import webhook_signing
from dh_core.store import DeliveryStatus
from functions.api.schemas.tasks.webhook_events import WebhookEvent
from functions.dispatch.webhooks import calls
from functions.dispatch.webhooks.delivery import (
    enqueue_delivery_of_ended,
    handle_delivery,
    sweep_deliveries,
)
from tests.unit.functions.dispatch.webhooks.telling import OWNER, create, verify


def test_a_task_without_a_callback_leaves_nothing_to_deliver(deps):
    task_id = create(deps, None)
    deps.tasks.cancel(task_id)
    assert deps.deliveries.get(task_id) is None
    assert sweep_deliveries(deps) == 0


def test_a_delivery_is_due_from_the_moment_that_the_task_ends(deps, receiver, secret):
    task_id = create(deps, receiver.url)
    assert deps.deliveries.get(task_id) is None
    deps.tasks.fail(task_id, code="content_rejected", message="no")
    assert deps.deliveries.get(task_id).status is DeliveryStatus.PENDING


def test_the_receiver_learns_what_ended_and_can_verify_it(deps, receiver, ended, secret):
    handle_delivery(deps, ended)
    (call,) = receiver.calls
    event = WebhookEvent.model_validate(verify(secret, call))
    assert event.type == "task.cancelled"
    assert (event.data.task_id, event.data.status) == (ended, "cancelled")
    delivery = deps.deliveries.get(ended)
    assert call.headers["webhook-id"] == delivery.delivery_id
    assert delivery.status is DeliveryStatus.DELIVERED
    assert [(a.http_status, a.error) for a in delivery.attempts] == [(200, None)]


def test_a_completed_tasks_result_is_in_the_webhook(deps, receiver, secret, dispatcher):
    task_id = create(deps, receiver.url)
    attempt = deps.tasks.dispatch(task_id, 60).attempt
    claim = deps.tasks.start(task_id, attempt, 1, 60)
    output = {"key": "generated/t/1/a.wav", "content_type": "audio/wav", "filename": "a.wav"}
    deps.tasks.complete(claim, {"files": {"audio": output}, "data": {"seconds": 1.5}})
    handle_delivery(deps, task_id)
    told = verify(secret, receiver.calls[0])["data"]["result"]
    assert told["audio_url"] == f"/download/generated/audio/{task_id}"
    assert told["seconds"] == 1.5


def test_receivers_of_before_the_specification_are_told_as_they_were(deps, receiver, ended, secret):
    handle_delivery(deps, ended)
    (call,) = receiver.calls
    document, signed_at = json.loads(call.body), int(call.headers["webhook-timestamp"])
    assert (document["event"], document["task_id"]) == ("task.cancelled", ended)
    assert call.headers["X-Dh-Event"] == "task.cancelled"
    assert call.headers["X-Dh-Delivery"] == document["delivery_id"]
    signed = f"{signed_at}.".encode() + call.body
    wanted = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert call.headers["X-Dh-Signature"] == f"t={signed_at},v1={wanted}"


def test_a_secret_of_before_the_specification_signs_both_headers(deps, receiver, ended, secret):
    older = "whsec_" + "-_" * 21 + "Q"
    signed = webhook_signing.headers("id", 1_700_000_000, b"{}", [older])
    key = base64.b64encode(base64.urlsafe_b64decode(older[6:] + "=")).decode()
    times = {"webhook-timestamp": str(int(time.time()))}
    now = webhook_signing.headers("id", int(time.time()), b"{}", [older])
    assert Webhook(key).verify("{}", {**now, **times}) == {}
    assert signed["webhook-signature"].startswith("v1,")


def test_only_the_ends_that_were_asked_for_are_told(deps, receiver, secret):
    quiet = create(deps, receiver.url, ("completed", "failed"))
    told = create(deps, receiver.url, ("cancelled",))
    for task_id in (quiet, told):
        deps.tasks.cancel(task_id)
        enqueue_delivery_of_ended(deps, task_id)
        handle_delivery(deps, task_id)
    assert deps.deliveries.get(quiet) is None
    assert [json.loads(call.body)["data"]["task_id"] for call in receiver.calls] == [told]


def test_a_delivery_that_was_asked_for_again_is_made_again_and_retried(
    deps, receiver, ended, make_due
):
    assert deps.deliveries.repeat(ended) is False
    receiver.statuses = [410, 500, 200]
    handle_delivery(deps, ended)
    assert deps.deliveries.get(ended).status is DeliveryStatus.GIVEN_UP
    assert deps.deliveries.repeat(ended) is True
    assert sweep_deliveries(deps) == 1
    handle_delivery(deps, ended)
    assert deps.deliveries.get(ended).status is DeliveryStatus.PENDING
    make_due(ended)
    handle_delivery(deps, ended)
    assert deps.deliveries.get(ended).status is DeliveryStatus.DELIVERED
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1


def test_messages_that_come_twice_make_one_call(deps, receiver, ended):
    for _ in range(3):
        handle_delivery(deps, ended)
    assert len(receiver.calls) == 1


def test_a_lost_message_is_made_good_by_the_sweep_once(deps, dispatcher, ended):
    assert sweep_deliveries(deps) == 1
    assert sweep_deliveries(deps) == 0
    assert dispatcher.announced() == [ended]


def test_the_end_of_a_job_announces_at_once_and_only_what_has_ended(deps, dispatcher, ended):
    enqueue_delivery_of_ended(deps, ended)
    enqueue_delivery_of_ended(deps, create(deps, "https://example.com/"))
    enqueue_delivery_of_ended(deps, "no such task")
    assert dispatcher.announced() == [ended]


def test_a_refused_delivery_is_tried_again_with_the_same_body(deps, receiver, ended, make_due):
    receiver.statuses = [500, 302, 204]
    for _ in range(3):
        handle_delivery(deps, ended)
        make_due(ended)
    assert len({call.body for call in receiver.calls}) == 1
    delivery = deps.deliveries.get(ended)
    assert [a.error for a in delivery.attempts] == ["http_500", "http_302", None]
    assert delivery.status is DeliveryStatus.DELIVERED


def test_a_failed_attempt_waits_before_the_next(deps, receiver, ended):
    receiver.statuses = [500]
    before = time.time()
    handle_delivery(deps, ended)
    handle_delivery(deps, ended)
    assert len(receiver.calls) == 1
    assert deps.deliveries.get(ended).due_at - before >= calls.RETRY_SECONDS[0] - 1


def test_pauses_grow_and_the_eighth_failure_is_the_last(deps, receiver, ended, make_due):
    receiver.statuses = [503]
    pauses = []
    for _ in range(8):
        handle_delivery(deps, ended)
        pauses.append(deps.deliveries.get(ended).due_at - time.time())
        if len(pauses) < 8:
            make_due(ended)
    assert pauses[:7] == sorted(pauses[:7])
    assert deps.deliveries.get(ended).status is DeliveryStatus.GIVEN_UP
    assert sweep_deliveries(deps) == 0
    handle_delivery(deps, ended)
    assert len(receiver.calls) == 8


def test_gone_ends_the_delivery_at_once(deps, receiver, ended):
    receiver.statuses = [410]
    handle_delivery(deps, ended)
    assert deps.deliveries.get(ended).status is DeliveryStatus.GIVEN_UP


def test_an_attempt_whose_function_died_is_started_again_by_the_sweep(
    deps, receiver, ended, make_due
):
    assert deps.deliveries.claim(ended) is not None
    assert sweep_deliveries(deps) == 0
    make_due(ended)
    assert sweep_deliveries(deps) == 1
    handle_delivery(deps, ended)
    assert deps.deliveries.get(ended).status is DeliveryStatus.DELIVERED


def test_attempts_that_always_die_come_to_an_end(deps, receiver, ended, make_due):
    for _ in range(calls.ATTEMPTS_MOST):
        assert deps.deliveries.claim(ended) is not None
        make_due(ended)
    handle_delivery(deps, ended)
    delivery = deps.deliveries.get(ended)
    assert delivery.status is DeliveryStatus.GIVEN_UP
    assert [attempt.error for attempt in delivery.attempts] == ["interrupted"]
    assert receiver.calls == []


def test_a_receiver_that_cannot_be_reached_does_not_disturb_the_task(deps, secret):
    task_id = create(deps, "http://127.0.0.1:1/")
    deps.tasks.cancel(task_id)
    handle_delivery(deps, task_id)
    assert deps.tasks.get(task_id).status == "cancelled"
    assert deps.deliveries.get(task_id).attempts[0].error == "no_answer"


def test_both_secrets_sign_while_they_rotate(deps, receiver, ended, secret):
    newer = deps.webhooks.rotate(OWNER).secrets[0].value
    handle_delivery(deps, ended)
    (call,) = receiver.calls
    assert newer != secret
    assert verify(secret, call) == verify(newer, call)
    with pytest.raises(WebhookVerificationError):
        verify(webhook_signing.new_secret(), call)


def test_a_replayed_or_changed_webhook_is_refused(deps, receiver, ended, secret):
    handle_delivery(deps, ended)
    (call,) = receiver.calls
    later = str(int(call.headers["webhook-timestamp"]) + 100)
    for forged in (
        {"webhook-timestamp": later},
        {"webhook-id": "another"},
        {"webhook-timestamp": str(int(later) - 1_000)},
    ):
        with pytest.raises(WebhookVerificationError):
            verify(secret, call, **forged)
    with pytest.raises(WebhookVerificationError):
        verify(secret, call, body=call.body + b" ")


def test_a_secret_lapses_a_day_after_it_was_replaced(moto_cloud):
    moto_cloud.webhooks.rotate(OWNER)
    newest = moto_cloud.webhooks.rotate(OWNER).secrets[0].value
    moto_cloud.clock.advance(86_401)
    assert [s.value for s in moto_cloud.webhooks.get(OWNER).secrets] == [newest]
