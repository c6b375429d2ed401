"""The life of a task of the type that docs/extending.md adds. Run in a copy of the project."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import dh_core
from dh_core.settings import JobSettings
from dh_core.specs.task_types import SPECS
from gpu_jobs.jobs import make_job
from gpu_jobs.runtime.runner import Outcome
from tests.unit.gpu_jobs.runners import runner_of

ROUTE = "/api/tasks/checksum/create"
FILM = {"video_file": "film.mp4"}


def test_this_is_the_copy() -> None:
    assert Path(dh_core.__file__).is_relative_to(Path(__file__).parents[4])
    assert "checksum" in SPECS


def test_its_life(
    client: Any, stores: Any, moto_cloud: Any, ready_file: Any, tmp_path: Any
) -> None:
    ready_file("video", "film.mp4")
    created = client.post(ROUTE, json={**FILM, "uuid": "mine"})
    assert created.status_code == 200, created.text
    assert created.json()["message"] == "校验任务已创建"
    task_id = created.json()["task_id"]

    task = stores.tasks.dispatch(task_id, 60)
    settings = JobSettings(table_name="-", bucket_name="-")
    job = make_job(stores.tasks.spec(task_id), settings)
    assert runner_of(moto_cloud, tmp_path, job).run(task_id, task.attempt) is Outcome.COMPLETED

    state = client.get(f"/api/tasks/{task_id}/status").json()
    assert (state["status"], state["task_type"]) == ("completed", "checksum")
    assert state["result"]["sha256"] == hashlib.sha256(bytes(10)).hexdigest()
    assert client.get(f"/api{state['result']['text_url']}").status_code == 302
    listed = client.get("/api/tasks", params={"type": "checksum"}).json()
    assert [one["task_id"] for one in listed["tasks"]] == [task_id]

    assert client.delete(f"/api/tasks/{task_id}").json()["message"] == "任务已删除"
    assert client.get(f"/api/tasks/{task_id}/status").status_code == 404
    folder = {"Bucket": moto_cloud.media.bucket, "Prefix": f"generated/{task_id}/"}
    assert "Contents" not in moto_cloud.media.client.list_objects_v2(**folder)


def test_it_counts_among_the_owners_tasks(client: Any, configure: Any, ready_file: Any) -> None:
    configure(concurrent_tasks=1)
    ready_file("video", "film.mp4")
    assert client.post(ROUTE, json=FILM).status_code == 200
    refused = client.post(ROUTE, json=FILM)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tasks")


def test_what_it_lacks_is_said(client: Any) -> None:
    missing = client.post(ROUTE, json=FILM)
    assert (missing.status_code, missing.json()["code"]) == (404, "file_not_found")
    unknown = client.post(ROUTE, json={**FILM, "video": "film.mp4"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "invalid_request")


def test_the_document_shows_it(client: Any) -> None:
    document = client.get("/api/openapi.json").json()
    route = document["paths"][ROUTE]["post"]
    assert route["summary"] == "Create a checksum task · 创建校验任务"
    assert route["description"] == "Compute the SHA-256 of a video."
    assert route["tags"] == ["tasks"]
    assert "file_not_found" in str(route["responses"]["404"])
    assert "consent_required" not in str(route["responses"])
    schemas = document["components"]["schemas"]
    assert schemas["ChecksumRequest"]["examples"] == [{"video_file": "sample.mp4"}]
    assert "checksum" in schemas["TaskType"]["enum"]
