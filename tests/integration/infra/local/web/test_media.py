"""The bucket at whatever address a client reaches the API; the store itself stays on loopback."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from dh_client import Client
from infra.local.server import LocalCloud

PHONE = "127.0.0.2"
"""Plays the address of this machine in its network: here nothing but loopback may be bound."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    folder = tmp_path_factory.mktemp("cloud")
    with LocalCloud(folder, address=PHONE, sweep_seconds=2.0) as running:
        yield running


def port(cloud: LocalCloud) -> int:
    return int(cloud.url.rpartition(":")[2])


@pytest.fixture
def media(cloud: LocalCloud) -> str:
    return f"{cloud.url_for_others}/{cloud.environment['BUCKET_NAME']}"


def sound(seconds: int = 1) -> bytes:
    """Silence, as WAV."""
    size = 16000 * seconds
    head = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0\1\0\1\0"
    rate = (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little") + b"\2\0\x10\0"
    return head + rate + b"data" + size.to_bytes(4, "little") + bytes(size)


def test_a_phone_uploads_and_downloads_at_the_address_it_opened(cloud, tmp_path):
    assert cloud.url_for_others == f"http://{PHONE}:{port(cloud)}"
    (tmp_path / "a.wav").write_bytes(sound(3))
    with Client(cloud.url_for_others, longest_pause=1.0) as client:
        registered = client.register_upload(tmp_path / "a.wav", "audio")
        assert urlsplit(registered["upload"]["url"]).netloc == f"{PHONE}:{port(cloud)}"
        name = client.upload(tmp_path / "a.wav", "audio")
        route = f"/download/upload/audio/{name}"
        address = address_of(client, route)
        assert address.startswith(f"{cloud.url_for_others}/")
        client.download(route, tmp_path / "back.wav")
        assert (tmp_path / "back.wav").read_bytes() == sound(3)

    part = httpx.get(address, headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert part.headers["content-range"] == f"bytes 0-3/{len(sound(3))}"
    assert part.headers["content-type"] == "audio/wav"


def test_addresses_carry_the_name_that_the_client_used(cloud):
    body = {"filename": "b.wav", "file_size": 10}
    for name in ("studio.test", f"tunnel.test:{port(cloud)}"):
        answer = httpx.post(f"{cloud.url}/api/upload/audio", json=body, headers={"host": name})
        assert urlsplit(answer.json()["upload"]["url"]).netloc == name


def test_a_big_file_comes_in_parts_through_the_same_address(cloud, tmp_path):
    # The client sends what is larger than 8 MB in parts.
    content = sound(600)
    (tmp_path / "long.wav").write_bytes(content)
    with Client(cloud.url_for_others, longest_pause=1.0) as client:
        name = client.upload(tmp_path / "long.wav", "audio")
        client.download(f"/download/upload/audio/{name}", tmp_path / "back.wav")
        assert (tmp_path / "back.wav").read_bytes() == content

        begun = {"filename": "other.wav", "file_size": len(content)}
        other = client.post("/upload/audio/multipart", begun)
        route = f"/upload/audio/multipart/{other['upload_id']}/parts"
        (part,) = client.post(route, {"part_numbers": [1]})["parts"]
    assert part["url"].startswith(f"{cloud.url_for_others}/")


def test_the_store_is_not_opened(cloud):
    store = urlsplit(cloud.environment["AWS_ENDPOINT_URL"])
    with socket.socket() as probe:
        assert probe.connect_ex((PHONE, store.port)) != 0


@pytest.mark.parametrize(
    ("method", "path", "extra"),
    [
        ("GET", "/uploads/public/audio/a.wav", {}),
        ("GET", "?list-type=2", {}),
        ("PUT", "/uploads/public/audio/a.wav", {"content": b"x"}),
        ("DELETE", "/uploads/public/audio/a.wav", {}),
        ("POST", "", {"data": {"Action": "DeleteStack", "StackName": "digital-human"}}),
        ("POST", "?delete", {"files": {"file": ("a", b"<Delete/>")}}),
        ("GET", "/x?Action=ListStacks&X-Amz-Signature=0", {}),
        ("POST", "", {"headers": {"x-amz-target": "DynamoDB_20120810.ListTables"}}),
        (
            "GET",
            "/x?X-Amz-Signature=0&X-Amz-Credential=A/20260101/us-east-1/sqs/aws4_request",
            {},
        ),
        # What looks signed is judged by the store.
        ("POST", "", {"data": {"key": "uploads/public/audio/a.wav"}, "files": {"file": b"x"}}),
        (
            "GET",
            "/uploads/public/audio/a.wav?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0"
            "&X-Amz-Credential=AKIA/20260101/us-east-1/s3/aws4_request&X-Amz-Expires=600"
            "&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host",
            {},
        ),
    ],
)
def test_whoever_has_no_signed_address_gets_nothing(media, method, path, extra):
    answer = httpx.request(method, media + path, **extra)
    assert answer.status_code in (400, 403), answer.text
    assert b"TableNames" not in answer.content


def test_a_page_of_another_origin_may_upload_as_the_bucket_allows_it(media):
    answer = httpx.options(
        media, headers={"origin": "http://a.test", "access-control-request-method": "POST"}
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] in ("*", "http://a.test")


def test_a_transfer_that_the_client_leaves_holds_nothing_open(cloud, tmp_path):
    (tmp_path / "c.wav").write_bytes(sound(600))
    with Client(cloud.url_for_others, longest_pause=1.0) as client:
        name = client.upload(tmp_path / "c.wav", "audio")
        address = address_of(client, f"/download/upload/audio/{name}")
    for _ in range(20):
        with httpx.stream("GET", address) as answer:
            next(answer.iter_raw())
    began = time.monotonic()
    assert httpx.get(address).content == sound(600)
    assert time.monotonic() - began < 30


def address_of(client: Client, route: str) -> str:
    return str(client.get(route, redirect="false")["url"])
