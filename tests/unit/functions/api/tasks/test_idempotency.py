from __future__ import annotations

import pytest

from tests.unit.functions.api.requests_made import create


def test_the_same_request_twice_is_one_task(client, moto_cloud):
    first = create(client, text="你好", uuid="mine").json()
    again = create(client, text="你好", uuid="mine").json()
    assert again["task_id"] == first["task_id"]
    assert len(moto_cloud.announced()) == 1
    assert create(client, text="再见", uuid="mine").status_code == 409


def test_an_idempotency_key_stands_for_one_request(client):
    key = {"Idempotency-Key": "k1"}
    first = create(client, headers=key, text="你好").json()
    again = create(client, headers=key, text="你好").json()
    other = create(client, headers=key, text="再见")
    assert again["task_id"] == first["task_id"]
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_requests_without_a_key_are_different_tasks(client):
    assert create(client).json()["task_id"] != create(client).json()["task_id"]


@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        ("/api/voices", {"audio_file": "a.wav"}, {"audio_file": "a.wav", "name": "b"}),
        ("/api/avatars", {"sample_video": "v.mp4"}, {"sample_video": "v.mp4", "face_index": 1}),
    ],
)
def test_voices_and_avatars_take_keys_as_well(client, ready_file, path, body, other):
    ready_file("audio", "a.wav")
    ready_file("video", "v.mp4")
    key = {"Idempotency-Key": "k1"}
    first = create(client, path, key, **body).json()
    assert create(client, path, key, **body).json()["task_id"] == first["task_id"]
    assert create(client, path, key, **other).status_code == 409


def test_a_key_belongs_to_its_owner(client, sign_in):
    key = {"Idempotency-Key": "k1"}
    sign_in("anna")
    first = create(client, headers=key, text="你好").json()
    sign_in("ben")
    other = create(client, headers=key, text="再见")
    assert other.status_code == 200
    assert other.json()["task_id"] != first["task_id"]


def test_two_keys_of_different_tasks_are_a_contradiction(client):
    create(client, headers={"Idempotency-Key": "k1"}, text="你好")
    create(client, text="你好", uuid="mine")
    both = create(client, headers={"Idempotency-Key": "k1"}, text="你好", uuid="mine")
    assert (both.status_code, both.json()["code"]) == (409, "idempotency_conflict")


def test_two_creations_at_once_are_one_task(client, stores, monkeypatch):
    create_in_store = stores.tasks.create
    others = []

    def come_second(new):
        monkeypatch.setattr(stores.tasks, "create", create_in_store)
        others.append(create(client, headers={"Idempotency-Key": "k1"}).json())
        return create_in_store(new)

    monkeypatch.setattr(stores.tasks, "create", come_second)
    mine = create(client, headers={"Idempotency-Key": "k1"}).json()
    assert mine["task_id"] == others[0]["task_id"]
    assert client.get("/api/system/status").json()["total_tasks"] == 1


def test_a_repeated_request_answers_its_task_even_when_its_file_is_gone(
    client, ready_file, complete
):
    ready_file("audio", "a.wav")
    body = {"text": "你好", "reference_audio": "a.wav", "uuid": "mine"}
    first = create(client, **body).json()
    complete(first["task_id"], {"files": {}, "data": {}})
    assert client.delete("/api/files/audio/a.wav").status_code == 200
    again = create(client, **body)
    assert (again.status_code, again.json()["task_id"]) == (200, first["task_id"])


def test_a_deleted_tasks_uuid_may_be_used_again(client):
    first = create(client, text="你好", uuid="mine").json()
    client.post(f"/api/tasks/{first['task_id']}/cancel")
    client.delete(f"/api/tasks/{first['task_id']}")
    again = create(client, text="再见", uuid="mine")
    assert again.status_code == 200
    assert again.json()["task_id"] != first["task_id"]
