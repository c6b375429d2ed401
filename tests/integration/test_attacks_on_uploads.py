"""Signed requests used for something else than they were signed for, at the embedded bucket."""

from __future__ import annotations

import json
import socket
import time
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import pytest

from infra.local.server import LocalCloud

PROBLEM = {"error", "code", "request_id", "details", "docs_url", "retryable"}
"""What a refusal says."""
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(64)


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with (
        LocalCloud(tmp_path_factory.mktemp("cloud")) as cloud,
        httpx.Client(base_url=f"{cloud.url}/api", timeout=60) as client,
    ):
        yield client


@pytest.fixture
def target(api):
    """A presigned POST for a video of 500 MB at most."""
    body = {"filename": "a.mp4", "file_size": len(MP4)}
    return api.post("/upload/video", json=body).json()["upload"]


def post(target, data=MP4, **changed):
    fields = {**target["fields"], **changed}
    return httpx.post(target["url"], data=fields, files={"file": ("a.mp4", data)})


def test_the_signed_post_itself_works(target):
    assert post(target).is_success


@pytest.mark.parametrize(
    "change",
    [
        {"key": "uploads/public/video/other.mp4"},
        {"key": "generated/other/1/video.mp4"},
        {"key": "uploads/somebody-else/video/a.mp4"},
        {"Content-Type": "text/html"},
        {"Content-Type": "image/svg+xml"},
        {"acl": "public-read"},
        {"x-amz-meta-owner": "somebody-else"},
        {"x-amz-signature": "0" * 64},
    ],
)
def test_a_presigned_post_is_good_for_its_own_key_and_type_only(target, change):
    assert post(target, **change).status_code in (400, 403)


@pytest.fixture
def judged(api):
    """A film that was sent by a presigned POST and found good: its info and its target."""
    created = api.post("/upload/video", json={"filename": "a.mp4", "file_size": len(MP4)}).json()
    assert post(created["upload"]).is_success
    return created["file_info"], created["upload"]


def test_an_upload_can_be_downloaded_at_once(api, judged):
    info, _ = judged
    answer = api.get(info["download_url"])
    assert answer.status_code == 302
    assert httpx.get(answer.headers["Location"]).content == MP4


def test_a_blob_that_was_announced_is_what_its_bytes_are(api):
    created = api.post("/upload/video", json={"filename": "blob", "file_size": len(MP4)}).json()
    assert post(created["upload"]).is_success
    answer = api.get(f"{created['file_info']['download_url']}?redirect=false").json()
    assert answer["content_type"] == "video/mp4"


def test_what_is_posted_over_a_judged_film_is_never_given_out_for_it(api, judged):
    info, target = judged
    assert api.get(info["download_url"]).status_code == 302
    assert post(target, data=b"<html>" * 100_000).is_success
    deadline = time.monotonic() + 60
    while (answer := api.get(info["download_url"])).status_code != 404:
        assert answer.json()["code"] == "file_not_ready", answer.text
        assert time.monotonic() < deadline, "the page was never judged"
    assert info["filename"] not in api.get("/files/list").text
    refused = api.post("/tasks/audio/extract", json={"video_file": info["filename"]})
    assert (refused.status_code, refused.json()["code"]) == (400, "unsupported_type")


def test_another_film_posted_over_the_first_is_the_file_from_then_on(api, judged):
    info, target = judged
    longer = MP4 + bytes(1000)
    assert api.get(info["download_url"]).status_code == 302
    assert post(target, data=longer).is_success
    deadline = time.monotonic() + 60
    while (answer := api.get(info["download_url"])).status_code != 302:
        assert answer.json()["code"] == "file_not_ready", answer.text
        assert time.monotonic() < deadline
    assert httpx.get(answer.headers["Location"]).content == longer
    listed = {file["filename"]: file for file in api.get("/files/list").json()["files"]}
    assert listed[info["filename"]]["file_size"] == len(longer)


def test_a_presigned_post_takes_no_more_bytes_than_its_kind_may_have(api):
    body = {"filename": "a.png", "file_size": 10}
    image = api.post("/upload/image", json=body).json()["upload"]
    sent = post(image, data=b"\x89PNG\r\n\x1a\n" + bytes(10 * 1024 * 1024))
    assert sent.status_code in (400, 413)
    assert post(image, data=b"").status_code == 400


@pytest.fixture
def part(api):
    """The signed address of part 1 of 2."""
    size = 5 * 1024 * 1024 + 10
    asked = api.post("/upload/video/multipart", json={"filename": "a.mp4", "file_size": size})
    address = f"/upload/video/multipart/{asked.json()['upload_id']}/parts"
    return api.post(address, json={"part_numbers": [2]}).json()["parts"][0]


def changed(url, path=None, **query):
    parts = urlsplit(url)
    pairs = {**dict(parse_qsl(parts.query)), **query}
    return urlunsplit((parts.scheme, parts.netloc, path or parts.path, urlencode(pairs), ""))


def test_the_address_of_a_part_is_good_for_that_part_only(part):
    path = urlsplit(part["url"]).path
    assert httpx.put(part["url"], content=bytes(10)).status_code == 200
    for url in (
        changed(part["url"], partNumber="1"),
        changed(part["url"], uploadId="another"),
        changed(part["url"], path=path.replace("video/", "video/x")),
        changed(part["url"], **{"X-Amz-Expires": "604800"}),
    ):
        assert httpx.put(url, content=bytes(10)).status_code == 403


def test_the_address_of_a_part_takes_no_other_length(part):
    assert httpx.put(part["url"], content=bytes(11)).status_code in (400, 403)


@pytest.mark.parametrize(
    "path",
    [
        "/download/upload/video/..%2F..%2F..%2Fetc%2Fpasswd",
        "/download/upload/video/%2e%2e%2f%2e%2e%2fgenerated%2fx",
        "/download/upload/video/..%5c..%5cwindows",
        "/download/upload/video/a.mp4%00.png",
        "/download/upload/..%2Fvideo/a.mp4",
        "/download/generated/video/..%2F..",
        "/download/template/..%2F..",
        "/download/voice/..%2F..",
    ],
)
def test_a_path_that_climbs_finds_nothing(api, path):
    answer = api.get(path)
    assert answer.status_code == 404
    assert set(answer.json()) == PROBLEM


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /api/health HTTP/1.1\r\nHost: x\r\nX-Note: a\0b\r\n\r\n",
        b"GET /api/health HTTP/1.1\r\nHost: x\r\nX\0Note: b\r\n\r\n",
        b"GET /api/health\0 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/health HTTP/1.1\r\n\r\n",
        b"POST /api/avatars HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_json(api, request_bytes):
    url = urlsplit(str(api.base_url))
    with socket.create_connection((url.hostname, url.port), timeout=30) as line:
        line.sendall(request_bytes)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    refusal = json.loads(body)
    assert set(refusal) == PROBLEM
    assert refusal["code"] == "invalid_request"


def test_a_websocket_is_refused_in_json(api):
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    answer = api.get("/nothing", headers={**headers, "Sec-WebSocket-Key": "x" * 24})
    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


def test_head_is_answered_at_the_server(api):
    answer = api.head("/health")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_body_that_comes_too_slowly_keeps_nobody_else_waiting(api):
    url = urlsplit(str(api.base_url))
    head = "POST /api/tasks/voice/generate HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n{"
    lines = [socket.create_connection((url.hostname, url.port)) for _ in range(40)]
    try:
        for line in lines:
            line.sendall(head.encode())
        # Forty held worker threads would make it wait until the client gives up.
        assert api.get("/system/status").status_code == 200
    finally:
        for line in lines:
            line.close()
