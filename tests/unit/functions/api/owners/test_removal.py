from __future__ import annotations

import io

import pytest

from dh_core.cloud.media_store import avatar_key, template_key
from dh_core.store import TemplateRecord
from tests.unit.functions.api.requests_made import create, status_of


def put(stores, key):
    stores.media.put_stream(key, io.BytesIO(b"bytes"), content_type="x/y")


def has(stores, key):
    """In any version, as the bucket keeps them."""
    found = stores.media.client.list_object_versions(Bucket=stores.media.bucket, Prefix=key)
    return "Versions" in found or "DeleteMarkers" in found


@pytest.fixture
def clip(stores, ready_file):
    """A ready video with its object and an avatar made from it."""
    file = ready_file("video", "v.mp4")
    put(stores, file.key)
    stores.files.note_avatar("public", "video", "v.mp4", "v1-abc.zip")
    put(stores, avatar_key("public", "v1-abc.zip"))
    return file


def test_a_file_goes_with_its_bytes_and_its_avatars(client, stores, clip):
    answer = client.delete("/api/files/video/v.mp4")
    assert (answer.status_code, answer.json()["failed_tasks"]) == (200, [])
    assert not has(stores, clip.key)
    assert not has(stores, avatar_key("public", "v1-abc.zip"))
    assert client.get("/api/files/list").json()["files"] == []
    assert client.get("/api/system/status").json()["file_stats"]["video"] == 0
    assert client.delete("/api/files/video/v.mp4").json()["code"] == "file_not_found"


def test_tasks_that_have_not_begun_fail_when_their_file_is_deleted(
    client, stores, clip, announce_file
):
    announce_file("audio", "a.wav")
    queued = create(client, "/api/tasks/audio/extract", video_file="v.mp4").json()
    waiting = create(
        client, "/api/tasks/digital-human/create", sample_video="v.mp4", speech_audio="a.wav"
    ).json()
    answer = client.delete("/api/files/video/v.mp4").json()
    assert set(answer["failed_tasks"]) == {queued["task_id"], waiting["task_id"]}
    for task in (queued, waiting):
        status = status_of(client, task)
        assert (status["status"], status["error_code"]) == ("failed", "input_missing")
        assert "v.mp4 was deleted" in status["error_message"]


@pytest.mark.parametrize("phase", ["submitted", "running"])
def test_a_file_that_is_being_worked_on_stays(client, stores, clip, phase):
    task_id = create(client, "/api/tasks/audio/extract", video_file="v.mp4").json()["task_id"]
    stores.tasks.dispatch(task_id, 60)
    if phase == "running":
        stores.tasks.start(task_id, 1, 1, 60)
    answer = client.delete("/api/files/video/v.mp4")
    assert (answer.status_code, answer.json()["code"]) == (409, "file_in_use")
    assert task_id in answer.json()["error"]
    assert has(stores, clip.key)
    client.post(f"/api/tasks/{task_id}/cancel")
    assert client.delete("/api/files/video/v.mp4").status_code == 200


def test_an_announced_file_can_be_deleted_before_it_arrives(client, announce_file, stores):
    announce_file("audio", "a.wav")
    task = create(client, text="你好", reference_audio="a.wav").json()
    assert client.delete("/api/files/audio/a.wav").json()["failed_tasks"] == [task["task_id"]]
    assert stores.files.get("public", "audio", "a.wav") is None


def test_another_owners_file_is_not_there(client, clip, stores, sign_in):
    sign_in("somebody-else")
    assert client.delete("/api/files/video/v.mp4").status_code == 404
    assert has(stores, clip.key)


def test_an_ended_task_goes_with_its_results(client, stores, complete):
    created = create(client, text="你好", uuid="mine").json()
    key = f"generated/{created['task_id']}/1/audio.wav"
    put(stores, key)
    file = {"key": key, "content_type": "audio/wav", "filename": "mine.wav", "size": 5}
    complete(created["task_id"], {"files": {"audio": file}, "data": {}})
    assert client.delete(f"/api/tasks/{created['task_id']}").status_code == 200
    assert not has(stores, key)
    assert client.get(created["status_url"]).status_code == 404
    assert client.get("/api/download/generated/audio/mine").status_code == 404
    assert client.get("/api/tasks").json()["tasks"] == []
    assert client.get("/api/system/status").json()["total_tasks"] == 0


def test_a_task_that_has_not_ended_must_be_cancelled_first(client):
    created = create(client).json()
    refused = client.delete(f"/api/tasks/{created['task_id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "task_not_ended")
    client.post(f"/api/tasks/{created['task_id']}/cancel")
    assert client.delete(f"/api/tasks/{created['task_id']}").status_code == 200


def test_a_template_outlives_the_task_that_made_it_and_its_results_do_not(
    client, stores, ready_file, complete
):
    ready_file("image", "p.png")
    body = {"person_image": "p.png", "background_image": "p.png"}
    task_id = create(client, "/api/tasks/template/create", **body).json()["task_id"]
    result = f"generated/{task_id}/1/preview.mp4"
    preview = template_key("public", task_id, f"{task_id}-1", "preview.mp4")
    put(stores, result)
    put(stores, preview)
    complete(task_id, {"files": {}, "data": {}})
    stores.templates.put(TemplateRecord("public", task_id, None, "p.png", "p.png", {}, preview))
    assert client.delete(f"/api/tasks/{task_id}").status_code == 200
    assert has(stores, preview)
    assert not has(stores, result)


def test_another_owners_task_is_not_there(client, sign_in):
    created = create(client).json()
    client.post(f"/api/tasks/{created['task_id']}/cancel")
    sign_in("somebody-else")
    assert client.delete(f"/api/tasks/{created['task_id']}").status_code == 404
