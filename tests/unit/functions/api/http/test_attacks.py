"""What an attacker would send, and what must come of it: nothing."""

from __future__ import annotations

import json
import unicodedata

import pytest

SPEAK = "/api/tasks/voice/generate"
JSON = {"Content-Type": "application/json"}


def upload_name(client, custom_name, filename="a.mp4"):
    body = {"filename": filename, "file_size": 10, "custom_name": custom_name}
    return client.post("/api/upload/video", json=body)


@pytest.mark.parametrize(
    "custom_name",
    [
        "../../etc/passwd",
        "..\\..\\windows\\system32",
        "/absolute/path",
        "a/../../b",
        "....//....//x",
        "x\x00.exe",
        "x\r\nSet-Cookie: a=b",
        "evil\u202e4pm.exe",
        "zero\u200bwidth\ufeff",
        "．．／．．／full-width",
        "a" * 1000,
        "<script>alert(1)</script>",
        "%2e%2e%2f",
        "name\ud7ff\u0301",
        "~root",
        ".hidden",
        "CON",
    ],
)
def test_a_hostile_custom_name_becomes_a_plain_file_of_its_owner(client, stores, custom_name):
    answer = upload_name(client, custom_name)
    assert answer.status_code == 200, answer.json()
    info, fields = answer.json()["file_info"], answer.json()["upload"]["fields"]
    name = info["filename"]
    assert fields["key"] == f"uploads/public/video/{name}"
    assert name.endswith(".mp4")
    assert not name.startswith((".", "~"))
    assert len(name) <= 104
    assert not set(name) & set("/\\%<>\x00\r\n")
    assert not any(unicodedata.category(char).startswith("C") for char in name)
    assert stores.files.get("public", "video", name) is not None


@pytest.mark.parametrize("custom_name", ["..", "///", "\u200b\u200b", "．" * 0 + "...", "%%%"])
def test_a_name_of_nothing_but_tricks_is_refused_or_replaced(client, custom_name):
    answer = upload_name(client, custom_name)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_name")


@pytest.mark.parametrize("filename", ["a.mp4/../../x.sh", "a.mp4\x00.sh", "a.php", ".mp4.exe"])
def test_a_filename_counts_only_by_its_last_extension(client, filename):
    assert upload_name(client, None, filename).status_code == 400


@pytest.mark.parametrize(
    "filename", ["../a.wav", "a/b.wav", "a\\b.wav", "a\x00.wav", "a\nb.wav", "x" * 200]
)
def test_a_task_cannot_name_a_file_outside_its_owners_folder(client, filename):
    answer = client.post(SPEAK, json={"text": "你好", "reference_audio": filename})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 40_000,
        '{"text":' + "[" * 50_000 + "]" * 50_000 + "}",
        '{"text":"x","consent":' + '{"a":' * 20_000 + "1" + "}" * 20_000 + "}",
        '{"text":"x","n":' + "9" * 5_000 + "}",
        '{"text":"x","n":1e999}',
        '{"text":NaN}',
    ],
)
@pytest.mark.parametrize("path", [SPEAK, "/api/upload/video", "/api/webhook/secret"])
def test_deep_or_absurd_json_is_answered_like_any_other(client, path, body):
    answer = client.post(path, content=body.encode(), headers=JSON)
    assert answer.status_code in (200, 400), answer.text


@pytest.mark.parametrize("path", [SPEAK, "/api/upload/video", "/api/upload/video/multipart"])
def test_json_beyond_the_limit_is_refused_whatever_its_declared_type(client, path):
    body = json.dumps({"text": "x" * 300_000}).encode()
    for content_type in ("application/json", "text/plain"):
        answer = client.post(path, content=body, headers={"Content-Type": content_type})
        assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")


def test_a_lying_multipart_label_does_not_lift_the_limit(client):
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post(SPEAK, content=b"x" * 300_000, headers=headers)
    assert answer.status_code == 413


MORE = {
    "owner": "somebody-else",
    "task_id": "550e8400-e29b-41d4-a716-446655440000",
    "status": "completed",
    "phase": "completed",
    "progress": 100,
    "result": {"files": {"audio": {"key": "generated/other/1/a.wav"}}},
    "attempt": 9,
    "type": "extract_audio",
    "error_code": "x",
    "expires_at": 1,
    "GSI1PK": "OWNER#somebody-else#TASK",
    "PK": "TASK#x",
}


@pytest.mark.parametrize("field", [*MORE, "key", "file_type", "upload_id", "part_size", "secrets"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", SPEAK, {"text": "你好"}),
        ("POST", "/api/upload/video", {"filename": "a.mp4", "file_size": 10}),
        ("POST", "/api/upload/video/multipart", {"filename": "a.mp4", "file_size": 10}),
        ("PUT", "/api/webhook", {"url": "https://example.com/"}),
    ],
)
def test_a_request_assigns_nothing_but_what_it_may_say(client, stores, method, path, body, field):
    sent = {**body, field: MORE.get(field, "mine")}
    answer = client.request(method, path, json=sent)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["error"].startswith(f"{field} is not a field here")
    assert stores.webhooks.get("public").secrets == ()
