from __future__ import annotations

from tests.unit.functions.api.requests_made import create, status_of


def test_a_cancelled_or_finished_task_cannot_be_cancelled_again(client, complete):
    cancelled, finished = create(client).json(), create(client).json()
    complete(finished["task_id"], {"files": {}, "data": {}})
    assert client.post(f"/api/tasks/{cancelled['task_id']}/cancel").json()["status"] == "cancelled"
    assert status_of(client, cancelled)["status"] == "cancelled"
    for task in (cancelled, finished):
        answer = client.post(f"/api/tasks/{task['task_id']}/cancel")
        assert (answer.status_code, answer.json()["code"]) == (409, "task_already_ended")


def test_process_announces_a_queued_task_again(client, moto_cloud):
    created = create(client).json()
    moto_cloud.announced()
    answer = client.post("/api/task/process", json={"task_id": created["task_id"]})
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")
    assert len(moto_cloud.announced()) == 1


def test_process_leaves_a_task_alone_that_is_on_its_way(client, stores, moto_cloud):
    created = create(client).json()
    moto_cloud.announced()
    client.post(f"/api/tasks/{created['task_id']}/cancel")
    answer = client.post("/api/task/process", json={"task_id": created["task_id"]})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert moto_cloud.announced() == []


def test_process_without_a_task_id_says_so(client):
    answer = client.post("/api/task/process", json={})
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "task_id is missing; add it to the request.",
    )
