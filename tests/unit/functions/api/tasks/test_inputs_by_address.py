from __future__ import annotations

import pytest

from dh_core.cloud.messages import FileFetchDue, parse
from dh_core.store import FileStatus
from dh_core.tasks.states import Phase

ADDRESS = "https://example.com/films/me.mp4?signature=secret"
EXTRACT = "/api/tasks/audio/extract"
HUMAN = "/api/tasks/digital-human/create"


def due(moto_cloud):
    """The fetches that were asked for since the last look."""
    messages = [parse(body) for body in moto_cloud.announced()]
    return [message for message in messages if isinstance(message, FileFetchDue)]


def test_an_address_stands_for_an_upload_that_the_task_waits_for(client, stores, moto_cloud):
    answer = client.post(EXTRACT, json={"video_file": ADDRESS})
    task = stores.tasks.get(answer.json()["task_id"])
    assert task.phase is Phase.WAITING_INPUTS
    (wanted,) = due(moto_cloud)
    file = stores.files.get("public", "video", wanted.filename)
    assert (file.status, file.source) == (FileStatus.PENDING, ADDRESS)
    assert file.filename.endswith(".mp4")
    assert task.missing == {f"video/{file.filename}"}
    assert stores.tasks.spec(task.task_id).video_file == file.filename
    state = client.get(f"/api/files/video/{file.filename}").json()
    assert (state["status"], state["error_code"]) == ("pending", None)
    assert "secret" not in str(state)


def test_the_same_request_again_fetches_nothing_again(client, moto_cloud):
    body = {"video_file": ADDRESS, "uuid": "once"}
    first, second = (client.post(EXTRACT, json=body).json()["task_id"] for _ in range(2))
    assert first == second
    assert len(due(moto_cloud)) == 1


def test_one_address_in_two_fields_is_fetched_once_for_each_kind(client, stores, moto_cloud):
    body = {
        "sample_video": ADDRESS,
        "sample_voice": "https://example.com/voice",
        "speech_text": "你好",
    }
    task_id = client.post(HUMAN, json=body).json()["task_id"]
    found = due(moto_cloud)
    assert sorted(message.file_type for message in found) == ["audio", "video"]
    assert len(stores.tasks.get(task_id).missing) == 2


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/me.mp4",
        "https://localhost/me.mp4",
        "https://10.0.0.1/me.mp4",
        "https://user:pass@example.com/me.mp4",
        "https://example.com:22/me.mp4",
        "https://2130706433/me.mp4",
    ],
)
def test_an_address_that_is_not_public_https_is_refused_at_once(client, moto_cloud, address):
    for path, field in ((EXTRACT, "video_file"), ("/api/upload/video/from-url", "url")):
        answer = client.post(path, json={field: address})
        assert (answer.status_code, answer.json()["code"]) == (400, "address_refused")
        assert answer.json()["details"][0]["field"] == field
    assert not due(moto_cloud)


def test_a_task_that_is_refused_leaves_nothing_of_its_address(client, stores, moto_cloud):
    body = {"sample_video": ADDRESS, "sample_voice": "none.wav", "speech_text": "你好"}
    assert client.post(HUMAN, json=body).json()["code"] == "file_not_found"
    assert not due(moto_cloud)
    assert not stores.files.newest("public", 10)


def test_a_file_is_had_by_its_address_before_any_task(client, stores, moto_cloud):
    asked = {"url": "https://example.com/download.php?id=7", "custom_name": "me"}
    answer = client.post("/api/upload/audio/from-url", json=asked).json()
    assert (answer["file_info"]["filename"], answer["upload"]) == ("me", None)
    (wanted,) = due(moto_cloud)
    assert (wanted.file_type, wanted.filename) == ("audio", "me")
    file = stores.files.get("public", "audio", "me")
    assert stores.files.mark_rejected(file, code="address_not_found", message="There is no file.")
    state = client.get("/api/files/audio/me").json()
    assert (state["status"], state["error_code"]) == ("rejected", "address_not_found")
    refused = client.post("/api/voices", json={"audio_file": "me"})
    assert (refused.status_code, refused.json()["code"]) == (400, "address_not_found")


@pytest.fixture
def film(client, ready_file, complete):
    """A completed task that made a video."""
    ready_file("video", "v.mp4")
    body = {"sample_video": "v.mp4", "speech_text": "你好", "uuid": "film-1"}
    task_id = client.post(HUMAN, json=body).json()["task_id"]
    made = {"key": f"generated/{task_id}/1/film.mp4", "content_type": "video/mp4"}
    words = {"key": f"generated/{task_id}/1/words.srt", "content_type": "application/x-subrip"}
    files = {"video": {**made, "filename": "film.mp4"}, "subtitle": {**words, "filename": "w.srt"}}
    complete(task_id, {"files": files, "data": {}})
    return task_id


def test_what_a_finished_task_made_is_named_as_an_input(client, stores, moto_cloud, film):
    for name in (film, "film-1"):
        moto_cloud.announced()
        answer = client.post(EXTRACT, json={"video_file": name})
        (wanted,) = due(moto_cloud)
        file = stores.files.get("public", "video", wanted.filename)
        assert file.source == f"generated/{film}/1/film.mp4"
        assert stores.tasks.get(answer.json()["task_id"]).phase is Phase.WAITING_INPUTS


def test_a_task_that_made_no_such_file_or_is_not_done_says_so(client, film):
    no_sound = client.post("/api/voices", json={"audio_file": film})
    assert (no_sound.status_code, no_sound.json()["code"]) == (409, "input_task_without_file")
    unfinished = client.post("/api/tasks/voice/generate", json={"text": "你好"}).json()["task_id"]
    early = client.post("/api/voices", json={"audio_file": unfinished})
    assert (early.status_code, early.json()["code"]) == (409, "input_task_not_completed")


def test_another_owners_result_is_as_good_as_none(client, sign_in, film):
    sign_in("somebody-else")
    for name in (film, "film-1"):
        answer = client.post(EXTRACT, json={"video_file": name})
        assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")
