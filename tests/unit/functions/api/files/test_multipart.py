from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from functions.api.app import app
from functions.api.auth.caller import Caller
from functions.api.http.dependencies import authenticate

MEBIBYTE = 1024 * 1024
MP4 = b"\x00\x00\x00\x18ftypisom"
START = "/api/upload/video/multipart"


@pytest.fixture
def upload(client):
    """A started upload of 12 MB, and its address."""
    body = {"filename": "long.mp4", "file_size": 12 * MEBIBYTE, "custom_name": "长片"}
    created = client.post(START, json=body).json()
    return created, f"{START}/{created['upload_id']}"


@pytest.fixture
def put_part(moto_cloud):
    """PUT to a signed address, as the bucket would take it."""

    def put(target, data):
        address = urlsplit(target["url"])
        query = parse_qs(address.query)
        moto_cloud.media.client.upload_part(
            Bucket=moto_cloud.media.bucket,
            Key="uploads/public/video/长片.mp4",
            UploadId=query["uploadId"][0],
            PartNumber=int(query["partNumber"][0]),
            Body=data,
        )

    return put


def send_parts(client, address, put_part, numbers):
    targets = client.post(f"{address}/parts", json={"part_numbers": numbers}).json()["parts"]
    for target in targets:
        put_part(target, bytes(target["content_length"]))
    return targets


def test_a_started_upload_says_how_to_cut_the_file(upload):
    created, _ = upload
    assert (created["part_size"], created["part_count"]) == (5 * MEBIBYTE, 3)
    assert created["file_info"]["filename"] == "长片.mp4"


def test_each_address_signs_the_length_of_its_part(client, upload):
    _, address = upload
    answer = client.post(f"{address}/parts", json={"part_numbers": [3, 1, 3]}).json()["parts"]
    assert [(p["part_number"], p["offset"], p["content_length"]) for p in answer] == [
        (3, 10 * MEBIBYTE, 2 * MEBIBYTE),
        (1, 0, 5 * MEBIBYTE),
    ]
    for part in answer:
        assert "content-length" in parse_qs(urlsplit(part["url"]).query)["X-Amz-SignedHeaders"][0]


def test_an_interrupted_client_learns_where_to_go_on_and_completes(client, upload, put_part):
    _, address = upload
    send_parts(client, address, put_part, [1, 3])
    seen = client.get(address).json()
    assert (seen["missing"], seen["completed"]) == ([2], False)
    early = client.post(f"{address}/complete")
    assert (early.status_code, early.json()["code"]) == (409, "parts_missing")
    send_parts(client, address, put_part, [2])
    for _ in range(2):
        done = client.post(f"{address}/complete")
        assert (done.status_code, done.json()["file_info"]["filename"]) == (200, "长片.mp4")
    assert client.get(address).json()["completed"] is True


def test_a_part_of_another_length_counts_as_missing(client, upload, put_part):
    _, address = upload
    (target,) = send_parts(client, address, put_part, [1])
    put_part(target, bytes(7))
    assert client.get(address).json()["missing"] == [1, 2, 3]


def test_an_aborted_upload_is_gone_and_its_file_is_refused(client, upload, put_part, moto_cloud):
    _, address = upload
    send_parts(client, address, put_part, [1])
    assert client.delete(address).status_code == 200
    for again in (client.delete(address), client.get(address), client.post(f"{address}/complete")):
        assert (again.status_code, again.json()["code"]) == (404, "upload_not_found")
    client_of_s3 = moto_cloud.media.client
    left = client_of_s3.list_multipart_uploads(Bucket=moto_cloud.media.bucket).get("Uploads", [])
    assert left == []
    task = client.post("/api/tasks/audio/extract", json={"video_file": "长片.mp4"})
    assert (task.status_code, task.json()["code"]) == (400, "upload_aborted")


def test_a_completed_upload_cannot_be_aborted(client, upload, put_part):
    _, address = upload
    send_parts(client, address, put_part, [1, 2, 3])
    client.post(f"{address}/complete")
    answer = client.delete(address)
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_completed")


def test_an_abandoned_upload_lapses(client, upload, clock):
    _, address = upload
    clock.advance(86_401)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"filename": "a.mp4", "file_size": 0}, 400, "empty_file"),
        ({"filename": "a.mp4", "file_size": 500 * MEBIBYTE + 1}, 413, "file_too_large"),
        ({"filename": "a.exe", "file_size": 10}, 400, "unsupported_type"),
        ({"file_size": 10}, 400, "invalid_request"),
    ],
)
def test_a_file_that_could_not_be_used_is_not_started(client, body, status, code):
    answer = client.post(START, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("numbers", [[], [0], [-1], [4], [10_001], [1] * 51, ["x"]])
def test_parts_that_do_not_exist_are_refused(client, upload, numbers):
    _, address = upload
    assert client.post(f"{address}/parts", json={"part_numbers": numbers}).status_code == 400


def test_images_take_no_parts_and_kinds_are_not_mixed(client, upload):
    created, _ = upload
    assert client.post("/api/upload/image/multipart", json={}).status_code == 404
    assert client.get(f"/api/upload/audio/multipart/{created['upload_id']}").status_code == 404


def test_another_owners_upload_is_not_found(client, upload):
    _, address = upload
    app.dependency_overrides[authenticate] = lambda: Caller("ben")
    answers = [
        client.get(address),
        client.delete(address),
        client.post(f"{address}/complete"),
        client.post(f"{address}/parts", json={"part_numbers": [1]}),
        client.get(f"{START}/x{'y' * 300}"),
    ]
    assert {(a.status_code, a.json()["code"]) for a in answers} == {(404, "upload_not_found")}


def test_a_task_waits_as_long_as_its_upload_may_take(client, stores, upload):
    task_id = client.post("/api/tasks/audio/extract", json={"video_file": "长片.mp4"}).json()[
        "task_id"
    ]
    waits = stores.tasks.get(task_id).lease_until - stores.clock()
    assert waits > stores.settings.multipart_expires_seconds
