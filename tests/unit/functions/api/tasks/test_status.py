from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from dh_core.tasks.polling import PastRuns
from dh_core.tasks.usage import Usage
from tests.unit.functions.api.requests_made import create, status_of


def test_a_running_task_shows_stage_and_progress(client, stores):
    created = create(client).json()
    attempt = stores.tasks.dispatch(created["task_id"], 60).attempt
    claim = stores.tasks.start(created["task_id"], attempt, 1, 60)
    stores.tasks.heartbeat(claim, stage="synthesise", progress=40, lease_seconds=60)
    status = status_of(client, created)
    assert (status["status"], status["progress"], status["stage"]) == (
        "processing",
        40,
        "synthesise",
    )
    assert 1000 <= status["next_poll_ms"] <= 10_000


def test_a_film_in_the_making_has_a_signed_address_until_its_task_ends(client, stores):
    created = create(client).json()
    attempt = stores.tasks.dispatch(created["task_id"], 60).attempt
    claim = stores.tasks.start(created["task_id"], attempt, 1, 60)
    before = client.get(f"/api/tasks/{created['task_id']}/status")
    assert before.json()["preview_url"] is None
    stores.tasks.show_preview(claim)
    shown = client.get(f"/api/tasks/{created['task_id']}/status")
    address = urlsplit(shown.json()["preview_url"])
    assert address.path.endswith(f"/generated/{created['task_id']}/1/preview/film.m3u8")
    assert "X-Amz-Signature=" in address.query
    assert shown.headers["ETag"] != before.headers["ETag"]
    again = client.get(
        f"/api/tasks/{created['task_id']}/status", headers={"If-None-Match": shown.headers["ETag"]}
    )
    assert again.status_code == 304
    stores.tasks.cancel(created["task_id"])
    assert status_of(client, created)["preview_url"] is None


def test_a_completed_task_shows_its_result_as_the_seed_shapes_it(client, complete):
    created = create(client, text="你好", uuid="abc123").json()
    files = {
        kind: {"key": f"generated/t/1/{name}", "content_type": "x/y", "filename": name}
        for kind, name in {"audio": "audio.wav", "m4a": "audio.m4a"}.items()
    }
    complete(created["task_id"], {"files": files, "data": {"duration": 1.5}})
    status = status_of(client, created)
    assert (status["status"], status["progress"], status["next_poll_ms"]) == (
        "completed",
        100,
        None,
    )
    assert status["error_message"] is None
    assert status["result"] == {
        "audio_path": "generated/t/1/audio.wav",
        "audio_url": "/download/generated/audio/abc123",
        "m4a_path": "generated/t/1/audio.m4a",
        "m4a_url": "/download/generated/m4a/abc123",
        "task_type": "voice",
        "uuid": "abc123",
        "duration": 1.5,
    }


def test_a_failed_task_shows_code_and_message(client, stores):
    created = create(client).json()
    stores.tasks.fail(created["task_id"], code="no_face_found", message="No face was found.")
    status = status_of(client, created)
    assert (status["status"], status["error_code"]) == ("failed", "no_face_found")
    assert status["error_message"] == "No face was found."


@pytest.mark.parametrize("task_id", ["550e8400-e29b-41d4-a716-446655440000", "x", "y" * 3000])
def test_an_unknown_task_is_not_found(client, task_id):
    answers = [
        client.get(f"/api/tasks/{task_id}/status"),
        client.post(f"/api/tasks/{task_id}/cancel"),
    ]
    if len(task_id) < 100:
        answers.append(client.post("/api/task/process", json={"task_id": task_id}))
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (404, "task_not_found")


def start(stores, created):
    attempt = stores.tasks.dispatch(created["task_id"], 60).attempt
    return stores.tasks.start(created["task_id"], attempt, 1, 60)


def test_what_past_runs_took_says_how_long_it_will_take_and_when_to_ask(client, stores, clock):
    stores.past_runs.add("voice", PastRuns("kokoro", wait=20, run=60, characters=0))
    created = create(client).json()
    waiting = status_of(client, created)
    assert waiting["eta_seconds"] in range(75, 81)
    assert waiting["next_poll_ms"] in range(7500, 8001)
    start(stores, created)
    clock.advance(50)
    running = status_of(client, created)
    assert running["eta_seconds"] in range(14, 17)
    assert running["next_poll_ms"] in range(1400, 1601)


def test_without_past_runs_nothing_is_promised(client):
    status = status_of(client, create(client).json())
    assert (status["eta_seconds"], status["next_poll_ms"]) == (None, 2000)


def test_a_first_task_that_stands_still_is_promised_nothing(client, stores, clock):
    created = create(client).json()
    claim = start(stores, created)
    stores.tasks.heartbeat(claim, stage="speech", progress=12, lease_seconds=600)
    for _ in range(5):
        assert status_of(client, created)["eta_seconds"] is None
        clock.advance(60)


def test_what_is_left_does_not_grow_while_nothing_moves(client, stores, clock):
    stores.past_runs.add("voice", PastRuns("kokoro", wait=20, run=60, characters=0))
    created = create(client).json()
    told = []
    for _ in range(10):
        told.append(status_of(client, created)["eta_seconds"])
        clock.advance(7)
        # Others take longer meanwhile; that does not make this one longer.
        stores.past_runs.add("voice", PastRuns("kokoro", wait=500, run=500, characters=0))
    claim = start(stores, created)
    for progress in (0, 12, 12, 12, 12, 12, 93, 93):
        stores.tasks.heartbeat(claim, stage="speech", progress=progress, lease_seconds=600)
        told.append(status_of(client, created)["eta_seconds"])
        clock.advance(11)
    assert told == sorted(told, reverse=True)
    assert told[-1] > 0


def test_the_place_in_line_moves_up_as_others_start(client, stores, clock):
    first, second, third = (create(client).json() for _ in range(3))
    assert [status_of(client, one)["queue_position"] for one in (first, second, third)] == [1, 2, 3]
    start(stores, first)
    stores.tasks.cancel(second["task_id"])
    clock.advance(3)
    places = [status_of(client, one)["queue_position"] for one in (first, second, third)]
    assert places == [None, None, 1]


def test_tasks_of_another_lane_are_not_in_the_way(client, ready_file):
    create(client)
    ready_file("video", "v.mp4")
    created = create(client, "/api/tasks/audio/extract", video_file="v.mp4").json()
    assert status_of(client, created)["queue_position"] == 1


def test_a_task_that_waits_for_its_upload_has_no_place_in_the_queue(client, announce_file, stores):
    file = announce_file("audio", "a.wav")
    created = create(client, text="你好", reference_audio="a.wav").json()
    assert status_of(client, created)["queue_position"] is None
    other = create(client).json()
    stores.files.mark_ready(file, size=10, expires_at=2_000_000_000)
    stores.tasks.queue_complete_inputs(created["task_id"], 60)
    assert status_of(client, other)["queue_position"] == 1
    assert status_of(client, created)["queue_position"] == 2


def test_an_unchanged_status_is_not_sent_again(client, stores):
    created = create(client).json()
    url = created["status_url"]
    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    claim = start(stores, created)
    changed = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.json()["status"]) == (200, "processing")
    stores.tasks.heartbeat(claim, stage="fetch", progress=0, lease_seconds=60)
    known = client.get(url).headers["ETag"]
    stores.tasks.heartbeat(claim, stage="fetch", progress=0, lease_seconds=60)
    assert client.get(url, headers={"If-None-Match": f'"x", {known}'}).status_code == 304


def test_a_finished_task_shows_what_it_used(client, stores):
    created = create(client).json()
    used = Usage(attempts=1, cpu_ms=2500, output_ms=4200, output_bytes=1000)
    stores.tasks.complete(start(stores, created), {"files": {}, "data": {}}, usage=used)
    assert status_of(client, created)["usage"] == {
        "attempts": 1,
        "cpu_seconds": 2.5,
        "gpu_seconds": 0.0,
        "output_seconds": 4.2,
        "video_seconds": 0.0,
        "output_bytes": 1000,
    }
