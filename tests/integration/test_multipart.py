"""A real 12 MB film sent in parts over a bad line, on the embedded cloud."""

from __future__ import annotations

import socket
import subprocess
import time
from urllib.parse import urlsplit

import httpx
import imageio_ffmpeg
import pytest

from infra.local.server import LocalCloud

START = "/upload/video/multipart"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with (
        LocalCloud(tmp_path_factory.mktemp("cloud")) as cloud,
        httpx.Client(base_url=f"{cloud.url}/api", timeout=60, follow_redirects=True) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Two seconds of uncompressed picture and a tone: 12 MB."""
    path = tmp_path_factory.mktemp("film") / "film.mov"
    source = ["-f", "lavfi", "-i"]
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(),
            *[*source, "testsrc=size=320x240:rate=27:duration=2"],
            *[*source, "sine=frequency=440:duration=2"],
            *["-c:v", "rawvideo", "-pix_fmt", "rgb24", "-c:a", "pcm_s16le", path],
        ],
        check=True,
        capture_output=True,
    )
    data = path.read_bytes()
    assert len(data) > 12_000_000
    return data


def start(api, data, **more):
    body = {"filename": "film.mov", "file_size": len(data), **more}
    answer = api.post(START, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json(), f"{START}/{answer.json()['upload_id']}"


def targets(api, address, numbers):
    return api.post(f"{address}/parts", json={"part_numbers": numbers}).json()["parts"]


def put(target, data):
    end = target["offset"] + target["content_length"]
    return httpx.put(target["url"], content=data[target["offset"] : end])


def cut_in_the_middle(target, data):
    """Begin to PUT a part and hang up after half of it."""
    url = urlsplit(target["url"])
    half = data[target["offset"] :][: target["content_length"] // 2]
    with socket.create_connection((url.hostname, url.port)) as line:
        head = (
            f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\n"
            f"Content-Length: {target['content_length']}\r\n\r\n"
        )
        line.sendall(head.encode() + half)


def wait_until_ready(api, filename):
    deadline = time.monotonic() + 20
    while filename not in api.get("/files/list").text:
        assert time.monotonic() < deadline, "the file was never listed"
        time.sleep(0.1)


def test_an_interrupted_upload_is_resumed_and_arrives_byte_for_byte(api, film):
    created, address = start(api, film)
    filename = created["file_info"]["filename"]
    first, second = targets(api, address, [1, 2])
    assert put(first, film).status_code == 200
    cut_in_the_middle(second, film)
    # The application is started again and knows nothing but the upload's id.
    seen = api.get(address).json()
    assert [part["part_number"] for part in seen["parts"]] == [1]
    assert seen["missing"] == [2, 3]
    for target in targets(api, address, seen["missing"]):
        assert put(target, film).status_code == 200
    done = api.post(f"{address}/complete")
    assert done.status_code == 200, done.text
    wait_until_ready(api, filename)
    assert api.get(f"/download/upload/video/{filename}").content == film


def test_what_came_in_parts_is_used_like_any_upload(api, film):
    created, address = start(api, film)
    task = {"video_file": created["file_info"]["filename"]}
    task_id = api.post("/tasks/audio/extract", json=task).json()["task_id"]
    for target in targets(api, address, [1, 2, 3]):
        put(target, film)
    api.post(f"{address}/complete")
    deadline = time.monotonic() + 60
    while (answer := api.get(f"/tasks/{task_id}/status").json())["status"] in (
        "pending",
        "processing",
    ):
        assert time.monotonic() < deadline, answer
        time.sleep(0.2)
    assert answer["status"] == "completed", answer


def test_parts_that_make_no_film_are_refused_like_any_upload(api):
    data = b"this is not a film" * 1000
    created, address = start(api, data)
    put(targets(api, address, [1])[0], data)
    assert api.post(f"{address}/complete").status_code == 200
    task = {"video_file": created["file_info"]["filename"]}
    deadline = time.monotonic() + 20
    while (answer := api.post("/tasks/audio/extract", json=task)).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert answer.json()["code"] == "unsupported_type"


def test_an_aborted_upload_leaves_no_parts(api, film):
    _, address = start(api, film)
    target = targets(api, address, [1])[0]
    put(target, film)
    assert api.delete(address).status_code == 200
    assert put(target, film).status_code == 404
    assert api.get(address).status_code == 404
