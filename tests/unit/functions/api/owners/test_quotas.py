from __future__ import annotations

import pytest

from dh_core.tasks.usage import Usage
from tests.unit.functions.api.requests_made import create

SECONDS = {"files": {}, "data": {}}


def run(stores, task_id):
    attempt = stores.tasks.dispatch(task_id, 60).attempt
    return stores.tasks.start(task_id, attempt, 1, 60)


def test_without_settings_nothing_is_limited(client):
    assert {create(client).status_code for _ in range(5)} == {200}


def test_requests_beyond_the_minutes_quota_wait_for_the_next_minute(client, configure, clock):
    configure(requests_per_minute=2)
    clock.now = 1_800_000_020.0
    codes = [client.get("/api/files/list").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    refused = client.get("/api/tasks")
    assert refused.json()["code"] == "rate_limited"
    assert refused.headers["Retry-After"] == "40"
    assert refused.headers["RateLimit"] == '"requests";r=0;t=40'
    clock.advance(40)
    assert client.get("/api/files/list").status_code == 200


def test_each_answer_says_what_is_left_of_the_minute(client, configure, clock):
    assert "RateLimit" not in client.get("/api/tasks").headers
    configure(requests_per_minute=5)
    clock.now = 1_800_000_020.0
    answers = [client.get("/api/tasks"), client.get("/api/tasks/no/status")]
    assert [answer.headers["RateLimit"] for answer in answers] == [
        '"requests";r=4;t=40',
        '"requests";r=3;t=40',
    ]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"requests";q=5;w=60'}


def test_usage_says_what_is_left_of_each_quota(client, configure, stores):
    assert set(client.get("/api/usage").json()["quotas"].values()) == {None}
    configure(requests_per_minute=10, concurrent_tasks=3, daily_video_seconds=100)
    create(client)
    stores.tasks._table.transact(lambda: [stores.usage.day_write("public", Usage(video_ms=30_500))])
    left = client.get("/api/usage").json()["quotas"]
    assert left["requests_per_minute"]["left"] == 8
    assert left["concurrent_tasks"] == {"limit": 3, "left": 2, "resets_at": None}
    assert left["daily_video_seconds"] == {
        "limit": 100,
        "left": 69.5,
        "resets_at": "2027-01-16T00:00:00.000Z",
    }


def test_one_owners_requests_leave_another_alone(client, configure, sign_in):
    configure(requests_per_minute=1)
    for owner in ("anna", "ben"):
        sign_in(owner)
        assert client.get("/api/files/list").status_code == 200
        assert client.get("/api/files/list").status_code == 429


def test_the_system_status_is_not_counted(client, configure):
    configure(requests_per_minute=1)
    assert {client.get("/api/system/status").status_code for _ in range(3)} == {200}


@pytest.mark.parametrize("ending", ["complete", "fail", "cancel", "give_up"])
def test_a_task_that_ends_makes_room_however_it_ends(client, configure, stores, ending):
    configure(concurrent_tasks=1)
    task_id = create(client).json()["task_id"]
    refused = create(client)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tasks")
    assert int(refused.headers["Retry-After"]) > 0
    if ending == "complete":
        stores.tasks.complete(run(stores, task_id), SECONDS)
    elif ending == "fail":
        stores.tasks.fail(task_id, code="input_missing", message="It never came.")
    elif ending == "give_up":
        claim = run(stores, task_id)
        stores.tasks.requeue(task_id, claim.attempt, 60)
        stores.tasks.fail(task_id, code="attempts_exhausted", message="Too often.")
    else:
        client.post(f"/api/tasks/{task_id}/cancel")
    assert create(client).status_code == 200
    assert create(client).status_code == 429


def test_a_repeated_request_is_no_second_task(client, configure):
    configure(concurrent_tasks=1)
    first = create(client, text="你好", uuid="mine").json()
    again = create(client, text="你好", uuid="mine")
    assert (again.status_code, again.json()["task_id"]) == (200, first["task_id"])


def test_the_count_survives_the_limit_being_switched_off_and_on(client, configure):
    uncounted = create(client).json()["task_id"]
    configure(concurrent_tasks=1)
    counted = create(client).json()["task_id"]
    client.post(f"/api/tasks/{uncounted}/cancel")
    assert create(client).status_code == 429
    configure(concurrent_tasks=0)
    client.post(f"/api/tasks/{counted}/cancel")
    configure(concurrent_tasks=1)
    assert [create(client).status_code for _ in range(2)] == [200, 429]


def digital_human(client, **more):
    path = "/api/tasks/digital-human/create"
    return create(client, path, speech_text="大家好", sample_video="v.mp4", **more)


def test_finished_seconds_of_video_use_up_the_day(client, configure, stores, ready_file, clock):
    configure(daily_video_seconds=10)
    ready_file("video", "v.mp4")
    first = digital_human(client, uuid="mine").json()
    used = Usage(attempts=1, output_ms=10_000, video_ms=10_000)
    stores.tasks.complete(run(stores, first["task_id"]), SECONDS, usage=used)
    refused = digital_human(client)
    assert (refused.status_code, refused.json()["code"]) == (429, "daily_quota_reached")
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert create(client).status_code == 200, "speech alone is no video"
    assert digital_human(client, uuid="mine").json()["task_id"] == first["task_id"]
    clock.advance(int(refused.headers["Retry-After"]))
    assert digital_human(client).status_code == 200


REQUESTS: dict[str, tuple[str, str, dict[str, object]]] = {
    "voice": ("POST", "/tasks/voice/generate", {"text": "你好"}),
    "digital_human": (
        "POST",
        "/tasks/digital-human/create",
        {"speech_text": "你好", "sample_video": "v.mp4"},
    ),
    "template": (
        "POST",
        "/tasks/template/create",
        {"person_image": "p.png", "background_image": "b.png"},
    ),
    "template_edit": ("PATCH", "/templates/template123", {"video_length": 60}),
    "compose": (
        "POST",
        "/tasks/video/compose",
        {"template_id": "template123", "audio_file": "a.wav"},
    ),
    "extract_audio": ("POST", "/tasks/audio/extract", {"video_file": "v.mp4"}),
    "avatar": ("POST", "/avatars", {"sample_video": "v.mp4"}),
    "voice_profile": ("POST", "/voices", {"audio_file": "a.wav"}),
}


@pytest.mark.parametrize("task_type", REQUESTS)
def test_once_the_day_is_used_up_no_type_of_task_makes_another_video(
    client, configure, stores, ready_file, template, task_type
):
    for file in (("video", "v.mp4"), ("audio", "a.wav"), ("image", "p.png"), ("image", "b.png")):
        ready_file(*file)
    task_id = digital_human(client).json()["task_id"]
    used = Usage(attempts=1, output_ms=10_000, video_ms=10_000)
    stores.tasks.complete(run(stores, task_id), SECONDS, usage=used)
    configure(daily_video_seconds=10)
    method, path, body = REQUESTS[task_type]
    answer = client.request(method, f"/api{path}", json=body)
    makes_video = task_type in {"digital_human", "template", "template_edit", "compose"}
    assert answer.status_code == (429 if makes_video else 200), answer.json()
    assert not makes_video or answer.json()["code"] == "daily_quota_reached"


def test_a_failed_attempt_uses_up_no_video(client, configure, stores, ready_file):
    configure(daily_video_seconds=10)
    ready_file("video", "v.mp4")
    task_id = digital_human(client).json()["task_id"]
    claim = run(stores, task_id)
    stores.tasks.fail(
        task_id, code="no_face_found", message="x", claim=claim, usage=Usage(attempts=1, cpu_ms=900)
    )
    assert digital_human(client).status_code == 200
