from __future__ import annotations

import base64
import json

import pytest

from dh_core.limits import MAX_FILE_BYTES, MEBIBYTE
from dh_core.store import FileStatus
from functions.api.routes.files import uploads as upload_routes
from functions.api.service.shared.filenames import stored_name

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(28)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


def ask(client, kind="video", **fields):
    body = {"filename": "clip.MP4", "file_size": 1000, **fields}
    return client.post(f"/api/upload/{kind}", json=body)


def send(client, kind, name, data, **fields):
    return client.post(f"/api/upload/{kind}", files={"file": (name, data)}, data=fields)


def bytes_of(media, key):
    return media.head_bytes(key, 100, etag=media.look(key).etag)


def test_json_answers_where_to_post_the_file(client):
    answer = ask(client).json()
    info, upload = answer["file_info"], answer["upload"]
    assert answer["success"] is True
    assert info["filename"].endswith(".mp4")
    assert info["file_path"] == info["relative_path"] == f"uploads/video/{info['filename']}"
    assert info["mime_type"] == "video/mp4"
    assert info["download_url"] == f"/download/upload/video/{info['filename']}"
    assert (upload["method"], upload["max_bytes"]) == ("POST", 500 * MEBIBYTE)
    assert upload["expires_at"].endswith("Z")


def test_the_presigned_policy_pins_key_type_and_length(client):
    answer = ask(client, "audio", filename="a.wav").json()
    fields = answer["upload"]["fields"]
    conditions = json.loads(base64.b64decode(fields["policy"]))["conditions"]
    key = f"uploads/public/audio/{answer['file_info']['filename']}"
    assert fields["key"] == key
    assert {"key": key} in conditions
    assert {"Content-Type": "audio/wav"} in conditions
    assert ["content-length-range", 1, MAX_FILE_BYTES["audio"]] in conditions


def test_a_custom_name_is_kept_and_a_taken_one_gets_a_suffix(client):
    first = ask(client, custom_name="我的视频").json()["file_info"]
    second = ask(client, custom_name="我的视频").json()["file_info"]
    assert first["filename"] == "我的视频.mp4"
    assert first["download_url"].isascii()
    assert second["filename"].startswith("我的视频-")
    assert second["filename"].endswith(".mp4")


@pytest.mark.parametrize(
    ("custom_name", "stored"),
    [
        ("../../etc/passwd", "etcpasswd.mp4"),
        ("..hidden", "hidden.mp4"),
        ("a\x00b\nc\u202e", "ab c.mp4"),
        ("e\u0301te\u0301", "été.mp4"),
        ("clip.mp4", "clip.mp4"),
        ("x" * 300, "x" * 100 + ".mp4"),
    ],
)
def test_custom_names_are_made_safe(custom_name, stored):
    assert stored_name(custom_name, "mp4") == stored


def test_a_custom_name_of_nothing_usable_is_refused(client):
    answer = ask(client, custom_name="///")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_name")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"filename": "notes.txt"}, 400, "unsupported_type"),
        ({"filename": "song.mp3"}, 400, "unsupported_type"),
        ({"mime_type": "image/png"}, 400, "unsupported_type"),
        ({"file_size": 0}, 400, "empty_file"),
        ({"file_size": -5}, 400, "empty_file"),
        ({"file_size": "many"}, 400, "invalid_request"),
        ({"file_size": 500 * MEBIBYTE + 1}, 413, "file_too_large"),
        ({"filename": ""}, 400, "invalid_request"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused(client, fields, status, code):
    answer = ask(client, **fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_size_limit_is_named(client):
    assert "500 MB" in ask(client, file_size=501 * MEBIBYTE).json()["error"]


def test_an_unspecific_content_type_is_accepted(client):
    assert ask(client, mime_type="application/octet-stream").status_code == 200


def test_multipart_stores_the_file_ready_for_use(client, stores, moto_cloud):
    answer = send(client, "audio", "voice.wav", WAV, custom_name="me", user_id="u1")
    assert answer.status_code == 200
    assert answer.json()["message"] == "音频上传成功"
    assert answer.json()["file_info"]["filename"] == "me.wav"
    assert answer.json()["file_info"]["file_size"] == len(WAV)
    file = stores.files.get("public", "audio", "me.wav")
    assert (file.status, file.user_id) == (FileStatus.READY, "u1")
    assert bytes_of(moto_cloud.media, file.key) == WAV


@pytest.mark.parametrize(
    ("kind", "name", "data", "code"),
    [
        ("video", "fake.mp4", b"just text, not a film", "unsupported_type"),
        ("audio", "picture.wav", PNG, "unsupported_type"),
        ("audio", "empty.wav", b"", "empty_file"),
        ("audio", "voice.exe", WAV, "unsupported_type"),
    ],
)
def test_multipart_refuses_what_is_not_such_a_file_and_keeps_nothing(
    client, stores, moto_cloud, kind, name, data, code
):
    answer = send(client, kind, name, data)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert client.get("/api/files/list").json()["total"] == 0
    assert moto_cloud.media.client.list_objects_v2(Bucket=moto_cloud.media.bucket)["KeyCount"] == 0


def test_multipart_beyond_the_gateway_names_the_presigned_way(client, stores):
    data = WAV + bytes(stores.settings.direct_upload_max_bytes)
    answer = send(client, "audio", "long.wav", data)
    assert (answer.status_code, answer.json()["code"]) == (413, "direct_upload_too_large")
    assert "upload.url" in answer.json()["error"]


def test_a_body_far_too_large_is_not_read_to_its_end(client, stores, monkeypatch):
    monkeypatch.setattr(
        upload_routes, "_FORM_OVERHEAD_BYTES", -stores.settings.direct_upload_max_bytes
    )
    answer = send(client, "audio", "voice.wav", WAV)
    assert answer.status_code == 413


def test_multipart_without_a_file_says_so(client):
    answer = client.post("/api/upload/video", data={"custom_name": "x"}, files={"other": b"1"})
    assert answer.status_code == 400
    assert "file" in answer.json()["error"]
    as_text = client.post("/api/upload/video", files={"file": (None, "text")})
    assert as_text.status_code == 400


def test_other_content_types_are_told_the_two_ways(client):
    answer = client.post("/api/upload/video", content=b"x", headers={"Content-Type": "video/mp4"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unsupported_content_type")


def test_broken_json_and_broken_multipart_are_bad_requests(client):
    headers = {"Content-Type": "application/json"}
    broken = client.post("/api/upload/video", content=b"{", headers=headers)
    assert (broken.status_code, broken.json()["error"]) == (
        400,
        "The body is not valid JSON; send a JSON object.",
    )
    headers = {"Content-Type": "multipart/form-data"}
    assert client.post("/api/upload/video", content=b"x", headers=headers).status_code == 400


def test_an_unknown_kind_of_upload_is_not_found(client):
    assert ask(client, "archive").status_code == 404


WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(64)


@pytest.mark.parametrize(
    ("kind", "name", "data", "stored_as", "mime"),
    [
        ("audio", "blob", WAV, "wav", "audio/wav"),
        ("audio", "blob", WEBM, "weba", "audio/webm"),
        ("audio", "recording.webm", WEBM, "webm", "audio/webm"),
        ("video", "noextension", WEBM, "webm", "video/webm"),
        ("image", "image", PNG, "png", "image/png"),
        ("image", "really-a-png.jpg", PNG, "jpg", "image/png"),
    ],
)
def test_the_bytes_of_a_file_decide_what_it_is(client, stores, kind, name, data, stored_as, mime):
    info = send(client, kind, name, data).json()["file_info"]
    assert info["filename"].endswith(f".{stored_as}")
    assert stores.files.get("public", kind, info["filename"]).mime_type == mime
    named = send(client, kind, name, data, custom_name="我的").json()["file_info"]
    assert named["filename"] == f"我的.{stored_as}"


@pytest.mark.parametrize(
    ("fields", "stored_as", "mime"),
    [
        ({}, "", "application/octet-stream"),
        ({"mime_type": "application/octet-stream"}, "", "application/octet-stream"),
        ({"mime_type": "audio/webm;codecs=opus"}, ".weba", "audio/webm"),
        ({"mime_type": "audio/mp4"}, ".m4a", "audio/mp4"),
        ({"mime_type": "video/webm;codecs=opus"}, ".weba", "audio/webm"),
    ],
)
def test_a_blob_may_be_announced(client, fields, stored_as, mime):
    answer = ask(client, "audio", filename="blob", custom_name="rec", **fields).json()
    assert answer["file_info"]["filename"] == f"rec{stored_as}"
    assert answer["upload"]["fields"]["Content-Type"] == mime
    again = ask(client, "audio", filename="blob", custom_name="rec", **fields).json()
    assert again["file_info"]["filename"].startswith("rec-")
    assert again["file_info"]["filename"].endswith(stored_as)


@pytest.mark.parametrize(
    ("kind", "data", "advice"),
    [
        ("audio", b"\x02#!SILK_V3" + bytes(100), "record as mp3"),
        ("audio", b"#!SILK_V3" + bytes(100), "record as mp3"),
        ("image", b"II*\x00" + bytes(100), "export it as JPEG or PNG"),
        ("image", b"\xff\x0a" + bytes(100), "export it as JPEG or PNG"),
        ("video", b"<!DOCTYPE html>", "web page"),
        ("video", b"PK\x03\x04" + bytes(100), "unpack it"),
        ("video", PNG, "/api/upload/image"),
        ("audio", PNG, "/api/upload/image"),
        ("image", WAV, "/api/upload/audio"),
    ],
)
def test_a_file_that_is_known_not_to_work_is_refused_with_what_to_do(client, kind, data, advice):
    answer = send(client, kind, "blob", data)
    assert (answer.status_code, answer.json()["code"]) == (400, "unsupported_type")
    assert advice in answer.json()["error"]
