"""A task ends on the embedded cloud and a real server on this machine is told."""

from __future__ import annotations

import json
import time

import httpx
import pytest

from infra.local.server import LocalCloud
from tests.unit.functions.dispatch.receiver import receiving


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with (
        LocalCloud(
            tmp_path_factory.mktemp("cloud"),
            sweep_seconds=1.0,
            extra_environment={"WEBHOOK_ALLOW_LOOPBACK": "true"},
        ) as cloud,
        httpx.Client(base_url=f"{cloud.url}/api", timeout=60) as client,
    ):
        yield client


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


def wait_for(condition, what, seconds=40):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return found


def failing_task(api, receiver):
    """A task whose job runs and fails: a film without sound."""
    data = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(4096)
    file = api.post("/upload/video", files={"file": ("a.mp4", data)}).json()["file_info"]
    events = ["started", "progress", "failed"]
    body = {
        "video_file": file["filename"],
        "callback_url": receiver.url,
        "callback_events": events,
    }
    answer = api.post("/tasks/audio/extract", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["task_id"]


def deliveries(api, task_id):
    return api.get(f"/tasks/{task_id}/deliveries").json()["deliveries"]


def test_a_job_that_ends_tells_the_callback_and_the_log_says_so(api, receiver):
    assert api.post("/webhook/secret").json()["secret"]
    task_id = failing_task(api, receiver)
    started, call = wait_for(lambda: receiver.calls[1:] and receiver.calls, "nobody called")
    assert json.loads(started.body)["type"] == "task.started"
    document = json.loads(call.body)
    assert (document["task_id"], document["event"]) == (task_id, "task.failed")
    assert document["error_code"]

    def delivered():
        found = deliveries(api, task_id)
        return found if found and found[-1]["status"] == "delivered" else None

    run, end = wait_for(delivered, "the log does not say it")
    assert (run["about"], run["status"]) == ("run", "superseded")
    assert end["delivery_id"] == call.headers["X-Dh-Delivery"]
    assert len(receiver.calls) == 2


def test_a_cancelled_task_is_told_by_the_sweep(api, receiver):
    api.post("/webhook/secret")
    asked = api.post("/upload/video", json={"filename": "a.mp4", "file_size": 10}).json()
    body = {"video_file": asked["file_info"]["filename"], "callback_url": receiver.url}
    task_id = api.post("/tasks/audio/extract", json=body).json()["task_id"]
    api.post(f"/tasks/{task_id}/cancel")
    (call,) = wait_for(lambda: receiver.calls, "nobody called")
    assert json.loads(call.body)["status"] == "cancelled"
