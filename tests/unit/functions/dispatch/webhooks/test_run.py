"""What a callback is told of a task while it runs, if it asked for that."""

from __future__ import annotations

import threading

import pytest

from dh_core.store import DeliveryStatus
from dh_core.store.webhooks.records import Line
from functions.api.schemas.tasks.webhook_events import RunEvent, WebhookEvent
from functions.dispatch.batch.submit import handle_task_changed
from functions.dispatch.webhooks.delivery import handle_delivery, sweep_deliveries
from tests.unit.functions.dispatch.webhooks.telling import create, verify

ALL = ("started", "progress", "completed", "failed", "cancelled")


@pytest.fixture
def running(deps, receiver, secret):
    """A task of which everything is told, and which has just been claimed."""
    return start(deps, receiver, ALL)


def start(deps, receiver, events):
    task_id = create(deps, receiver.url, events)
    attempt = deps.tasks.dispatch(task_id, 60).attempt
    return deps.tasks.start(task_id, attempt, 1, 60)


@pytest.fixture
def get_on(deps, make_due):
    """Say how far the job is, and look at it again."""

    def look(claim, progress):
        deps.tasks.heartbeat(claim, stage="draw", progress=progress)
        make_due(claim.task_id, Line.RUN)
        handle_delivery(deps, claim.task_id)

    return look


def told(receiver, secret):
    return [verify(secret, call) for call in receiver.calls]


def test_the_start_is_told_once_and_verifies(deps, receiver, secret, running):
    for _ in range(2):
        handle_delivery(deps, running.task_id)
    (event,) = told(receiver, secret)
    assert RunEvent.model_validate(event).type == "task.started"
    assert (event["data"]["status"], event["data"]["progress"]) == ("processing", 0)
    assert (
        receiver.calls[0].headers["webhook-id"]
        == deps.deliveries.get(running.task_id, Line.RUN).delivery_id
    )


def test_whoever_names_no_event_of_the_run_is_told_of_the_end_alone(deps, receiver, secret):
    for events in ((), ("completed", "cancelled")):
        claim = start(deps, receiver, events)
        handle_delivery(deps, claim.task_id)
        assert deps.deliveries.get(claim.task_id, Line.RUN) is None
    assert receiver.calls == []


def test_the_job_that_claims_such_a_task_has_its_callback_told(deps, dispatcher, running, receiver):
    handle_task_changed(deps, running.task_id)
    handle_task_changed(deps, start(deps, receiver, ()).task_id)
    assert dispatcher.announced() == [running.task_id]


def test_progress_is_told_in_steps_and_each_under_its_own_id(
    deps, receiver, secret, running, get_on
):
    handle_delivery(deps, running.task_id)
    for progress in (4, 12, 15, 21, 40):
        get_on(running, progress)
    events = told(receiver, secret)
    assert [event["data"]["progress"] for event in events] == [0, 12, 40]
    assert events[-1]["data"]["stage"] == "draw"
    sequences = [event["data"]["sequence"] for event in events]
    assert sequences == sorted(set(sequences))
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 3


def test_progress_is_not_told_before_its_time(deps, receiver, secret, running, dispatcher):
    handle_delivery(deps, running.task_id)
    deps.tasks.heartbeat(running, stage="draw", progress=60)
    handle_delivery(deps, running.task_id)
    assert len(receiver.calls) == 1
    # It is looked at again by a message that comes later, or else by the sweep.
    assert dispatcher.announced() == []
    assert deps.deliveries.get(running.task_id, Line.RUN).status is DeliveryStatus.PENDING


def test_whoever_asks_for_progress_alone_is_told_no_start(deps, receiver, secret, get_on):
    claim = start(deps, receiver, ("progress",))
    handle_delivery(deps, claim.task_id)
    get_on(claim, 50)
    deps.tasks.complete(claim, {"files": {}, "data": {}})
    handle_delivery(deps, claim.task_id)
    assert [event["type"] for event in told(receiver, secret)] == ["task.progress"]


def test_nothing_of_the_run_is_told_after_its_end(deps, receiver, secret, running, make_due):
    deps.tasks.heartbeat(running, stage="draw", progress=50)
    deps.tasks.complete(running, {"files": {}, "data": {}})
    make_due(running.task_id, Line.RUN)
    for _ in range(2):
        handle_delivery(deps, running.task_id)
    (event,) = told(receiver, secret)
    assert WebhookEvent.model_validate(event).type == "task.completed"
    assert deps.deliveries.get(running.task_id, Line.RUN).status is DeliveryStatus.SUPERSEDED


def test_the_end_comes_last_also_while_the_receiver_ponders_progress(
    deps, receiver, secret, running, get_on, dispatcher, make_due
):
    handle_delivery(deps, running.task_id)
    receiver.dribble_seconds = 0.5
    slow = threading.Thread(target=get_on, args=(running, 50))
    slow.start()
    while len(receiver.calls) < 2:
        slow.join(0.01)
    receiver.dribble_seconds = 0
    deps.tasks.complete(running, {"files": {}, "data": {}})
    handle_delivery(deps, running.task_id)
    assert len(receiver.calls) == 2
    slow.join()
    make_due(running.task_id, Line.RUN)
    handle_delivery(deps, running.task_id)
    events = told(receiver, secret)
    assert [e["type"] for e in events] == ["task.started", "task.progress", "task.completed"]
    assert events[1]["data"]["sequence"] < events[2]["data"]["sequence"]


def test_a_start_that_was_refused_is_told_again_before_any_progress(
    deps, receiver, secret, running, get_on
):
    receiver.statuses = [500, 200]
    handle_delivery(deps, running.task_id)
    get_on(running, 30)
    get_on(running, 30)
    assert [e["type"] for e in told(receiver, secret)] == ["task.started"] * 2 + ["task.progress"]
    assert receiver.calls[0].body == receiver.calls[1].body


def test_a_task_that_must_begin_again_is_told_nothing_twice(
    deps, receiver, secret, running, get_on
):
    handle_delivery(deps, running.task_id)
    get_on(running, 30)
    deps.tasks.requeue(running.task_id, running.attempt, 60)
    attempt = deps.tasks.dispatch(running.task_id, 60).attempt
    again = deps.tasks.start(running.task_id, attempt, 1, 60)
    for progress in (10, 30, 45):
        get_on(again, progress)
    assert [event["data"]["progress"] for event in told(receiver, secret)] == [0, 30, 45]


def test_the_sweep_finds_a_start_whose_message_was_lost(deps, dispatcher, running):
    assert sweep_deliveries(deps) == 1
    assert dispatcher.announced() == [running.task_id]


def test_a_receiver_that_is_gone_is_told_no_more_of_the_run(deps, receiver, running, get_on):
    receiver.statuses = [410]
    handle_delivery(deps, running.task_id)
    get_on(running, 50)
    assert len(receiver.calls) == 1
    assert deps.deliveries.get(running.task_id, Line.RUN).status is DeliveryStatus.GIVEN_UP
