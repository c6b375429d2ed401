from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.unit.functions.api.requests_made import create


def listed(client, **query):
    answer = client.get("/api/tasks?" + urlencode(query))
    assert answer.status_code == 200, answer.json()
    return answer.json()


def ids(page):
    return [task["task_id"] for task in page["tasks"]]


@pytest.fixture
def three(client, clock, ready_file):
    """Task ids: a voice, an extraction and another voice, a minute apart."""
    ready_file("video", "v.mp4")
    made = []
    for path, body in (
        ("/api/tasks/voice/generate", {"text": "一"}),
        ("/api/tasks/audio/extract", {"video_file": "v.mp4"}),
        ("/api/tasks/voice/generate", {"text": "二"}),
    ):
        made.append(create(client, path, **body).json()["task_id"])
        clock.advance(60)
    return made


def test_the_newest_come_first(client, three):
    page = listed(client)
    assert ids(page) == three[::-1]
    assert (page["next_cursor"], page["missing"]) == (None, [])
    assert page["tasks"][0] == {
        key: value
        for key, value in client.get(f"/api/tasks/{three[2]}/status").json().items()
        if key not in ("success", "wait_seconds")  # what only an answer of its own has
    }


def test_filters_by_type_status_and_time(client, three, stores):
    stores.tasks.cancel(three[0])
    assert ids(listed(client, type="voice")) == [three[2], three[0]]
    assert ids(listed(client, status="cancelled")) == [three[0]]
    assert ids(listed(client, type="voice", status="pending")) == [three[2]]
    middle = client.get(f"/api/tasks/{three[1]}/status").json()["created_at"]
    assert ids(listed(client, created_after=middle)) == [three[2]]
    assert ids(listed(client, created_before=middle)) == [three[0]]
    assert ids(listed(client, created_after=middle, created_before=middle)) == []


def test_a_period_that_ends_before_it_begins_holds_nothing(client, three, moto_cloud):
    asked = []
    events = moto_cloud.table.client.meta.events
    events.register("before-call.dynamodb.Query", lambda **_: asked.append("Query"), unique_id="q")
    page = listed(
        client, created_after="2030-01-01T00:00:00Z", created_before="2020-01-01T00:00:00Z"
    )
    events.unregister("before-call.dynamodb.Query", unique_id="q")
    assert ids(page) == []
    # DynamoDB refuses such a range, where moto takes it.
    assert asked == []


def test_a_time_may_stand_in_another_zone(client, three):
    middle = client.get(f"/api/tasks/{three[1]}/status").json()["created_at"]
    in_china = middle.replace("T08:", "T16:").replace("Z", "+08:00")
    assert in_china != middle
    assert ids(listed(client, created_after=in_china)) == [three[2]]


def test_pages_give_every_task_once(client, three):
    seen, query = [], {"limit": 1}
    while True:
        page = listed(client, **query)
        seen += ids(page)
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == three[::-1]


def altered(cursor):
    return cursor[:-1] + ("A" if cursor[-1] != "A" else "B")


def test_a_cursor_serves_only_its_owner_its_list_and_its_filter(client, three, sign_in):
    cursor = listed(client, limit=1)["next_cursor"]
    voices = listed(client, limit=1, type="voice")["next_cursor"]
    for path in (
        f"/api/tasks?limit=1&cursor={altered(cursor)}",
        f"/api/tasks?limit=1&cursor=x{cursor}",
        f"/api/tasks?limit=1&type=voice&cursor={cursor}",
        f"/api/tasks?limit=1&cursor={voices}",
        f"/api/files/list?cursor={cursor}",
        f"/api/tasks/{three[0]}/events?cursor={cursor}",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid"), path
    sign_in("somebody-else")
    assert client.get(f"/api/tasks?limit=1&cursor={cursor}").status_code == 400


def test_another_process_knows_the_cursor(client, three, stores, configure, moto_cloud):
    from dataclasses import replace

    from functions.api.app import app
    from functions.api.http import dependencies
    from functions.api.service.shared.cursors import Cursors

    cursor = listed(client, limit=2)["next_cursor"]
    other = replace(stores, cursors=Cursors(moto_cloud.shared_keys, None))
    app.dependency_overrides[dependencies.stores] = lambda: other
    assert ids(listed(client, limit=2, cursor=cursor)) == [three[0]]


def test_several_tasks_are_asked_for_at_once(client, three, sign_in):
    unknown = "550e8400-e29b-41d4-a716-446655440000"
    page = listed(client, ids=f"{three[2]},{unknown}, {three[0]},x,{three[0]}")
    assert ids(page) == [three[2], three[0]]
    assert page["missing"] == [unknown, "x"]
    sign_in("somebody-else")
    assert listed(client, ids=three[0])["missing"] == [three[0]]


@pytest.mark.parametrize(
    "query",
    [
        "ids=" + ",".join(map(str, range(51))),
        "ids=,",
        "ids=a&type=voice",
        "type=film",
        "status=done",
        "limit=0",
        "limit=101",
        "created_after=yesterday",
        "created_after=0.5",
        "created_after=0001-01-01T00:00:00%2B14:00",
    ],
)
def test_a_query_that_makes_no_sense_is_refused(client, query):
    answer = client.get(f"/api/tasks?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]


def test_a_tasks_history_tells_every_step(client, stores):
    task_id = create(client).json()["task_id"]
    attempt = stores.tasks.dispatch(task_id, 60).attempt
    claim = stores.tasks.start(task_id, attempt, 1, 60)
    stores.tasks.heartbeat(claim, stage="fetch", progress=1, lease_seconds=60, entered=True)
    stores.tasks.heartbeat(claim, stage="fetch", progress=2, lease_seconds=60)
    stores.tasks.requeue(task_id, attempt, 60)
    stores.tasks.dispatch(task_id, 60)
    stores.tasks.fail(task_id, code="no_face_found", message="No face.")
    answer = client.get(f"/api/tasks/{task_id}/events").json()
    assert answer["task_id"] == task_id
    assert [
        (step["phase"], step["stage"], step["attempt"], step["error_code"])
        for step in answer["events"]
    ] == [
        ("queued", None, 0, None),
        ("submitted", None, 1, None),
        ("running", None, 1, None),
        ("running", "fetch", 1, None),
        ("queued", None, 1, None),
        ("submitted", None, 2, None),
        ("failed", None, 2, "no_face_found"),
    ]
    assert [step["status"] for step in answer["events"]][::3] == ["pending", "processing", "failed"]
    times = [step["time"] for step in answer["events"]]
    assert times == sorted(times)


def test_a_history_comes_in_pages_and_only_to_its_owner(client, stores, sign_in):
    task_id = create(client).json()["task_id"]
    stores.tasks.cancel(task_id)
    first = client.get(f"/api/tasks/{task_id}/events?limit=1").json()
    rest = client.get(f"/api/tasks/{task_id}/events?limit=1&cursor={first['next_cursor']}").json()
    assert [page["events"][0]["phase"] for page in (first, rest)] == ["queued", "cancelled"]
    assert rest["next_cursor"] is None
    sign_in("somebody-else")
    assert client.get(f"/api/tasks/{task_id}/events").status_code == 404
