"""A status that is waited for, and one that is streamed."""

from __future__ import annotations

import json

import pytest

from functions.api.service.tasks import lifecycle, waiting

SPEAK = "/api/tasks/voice/generate"


@pytest.fixture
def task_id(client, configure, monkeypatch):
    configure(wait_seconds=25)
    monkeypatch.setattr(waiting, "PAUSE_SECONDS", 0.01)
    return client.post(SPEAK, json={"text": "你好"}).json()["task_id"]


@pytest.fixture
def at_look(monkeypatch):
    """Do something just before the API looks at the task for the nth time; counts the looks."""
    usual, looks, planned = lifecycle.status, [], {}

    def look(stores, caller, task_id):
        looks.append(task_id)
        planned.pop(len(looks), lambda: None)()
        return usual(stores, caller, task_id)

    monkeypatch.setattr(lifecycle, "status", look)

    def plan(number, act):
        planned[number] = act
        return looks

    return plan


def events(answer):
    blocks = [
        dict(line.split(": ", 1) for line in b.split("\n") if line) for b in answer.split("\n\n")
    ]
    return [(one["id"], json.loads(one["data"])["status"]) for one in blocks if "data" in one]


def test_the_answer_comes_with_the_next_change(client, stores, task_id, at_look):
    looks = at_look(4, lambda: stores.tasks.cancel(task_id))
    answer = client.get(f"/api/tasks/{task_id}/status?wait=20")
    assert answer.json()["status"] == "cancelled"
    assert len(looks) == 4


def test_what_changed_before_the_client_asked_is_told_at_once(client, stores, task_id, at_look):
    url = f"/api/tasks/{task_id}/status"
    known = client.get(url).headers["etag"]
    stores.tasks.dispatch(task_id, 60)
    stores.tasks.start(task_id, 1, 1, 60)
    looks = at_look(1, lambda: None)
    answer = client.get(f"{url}?wait=20", headers={"If-None-Match": known})
    assert (answer.json()["status"], len(looks)) == ("processing", 2)


def test_a_wait_without_a_change_ends_with_304(client, configure, task_id):
    configure(wait_seconds=1)
    url = f"/api/tasks/{task_id}/status"
    known = {"If-None-Match": client.get(url).headers["etag"]}
    assert client.get(f"{url}?wait=20", headers=known).status_code == 304


def test_nobody_waits_for_what_has_ended_nor_where_waiting_is_off(
    client, stores, configure, task_id, at_look
):
    looks = at_look(1, lambda: None)
    configure(wait_seconds=0)
    assert client.get(f"/api/tasks/{task_id}/status?wait=20").json()["status"] == "pending"
    configure(wait_seconds=25)
    stores.tasks.cancel(task_id)
    assert client.get(f"/api/tasks/{task_id}/status?wait=20").json()["status"] == "cancelled"
    assert len(looks) == 2
    assert client.get(f"/api/tasks/{task_id}/status?wait=61").status_code == 400


def test_whoever_is_one_too_many_is_answered_without_waiting(client, task_id, at_look, monkeypatch):
    monkeypatch.setattr(waiting, "MOST_WAITING", 0)
    looks = at_look(1, lambda: None)
    assert client.get(f"/api/tasks/{task_id}/status?wait=20").status_code == 200
    assert len(events(client.get(f"/api/tasks/{task_id}/status/stream").text)) == 1
    assert len(looks) == 2


def test_a_stream_tells_each_change_once_and_ends_with_the_task(client, stores, task_id, at_look):
    at_look(3, lambda: stores.tasks.dispatch(task_id, 60))
    at_look(5, lambda: stores.tasks.start(task_id, 1, 1, 60))
    at_look(8, lambda: stores.tasks.cancel(task_id))
    answer = client.get(f"/api/tasks/{task_id}/status/stream")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [status for _, status in events(answer.text)] == ["pending", "processing", "cancelled"]


def test_who_connects_again_is_told_only_what_is_new(client, stores, task_id, at_look):
    url = f"/api/tasks/{task_id}/status/stream"
    at_look(2, lambda: stores.tasks.cancel(task_id))
    (first, _), (last, _) = events(client.get(url).text)
    assert client.get(url, headers={"Last-Event-ID": last}).status_code == 204
    again = client.get(url, headers={"Last-Event-ID": first}).text
    assert events(again) == [(last, "cancelled")]


def test_a_stream_of_a_task_that_is_deleted_meanwhile_ends(client, stores, task_id, at_look):
    at_look(3, lambda: stores.tasks.delete(stores.tasks.cancel(task_id)))
    assert len(events(client.get(f"/api/tasks/{task_id}/status/stream").text)) == 1


def test_head_of_a_stream_does_not_wait(client, task_id, at_look):
    looks = at_look(1, lambda: None)
    assert client.head(f"/api/tasks/{task_id}/status/stream").status_code == 200
    assert len(looks) == 1


def test_a_server_that_cannot_stream_says_so(client, configure, task_id):
    configure(wait_seconds=0)
    answer = client.get(f"/api/tasks/{task_id}/status/stream")
    assert (answer.status_code, answer.json()["code"]) == (501, "stream_unavailable")
