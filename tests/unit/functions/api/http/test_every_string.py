"""No text that a client may send, wherever it stands, is answered with our own fault."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest

from functions.api.app import app

TEXTS = ("\ud800", "\x00", "\x1b[0m\u202e\r\n", "😀" * 129, "", "a" * 3_000)
IN_ADDRESSES = ("%00", "%ED%A0%80", quote("😀" * 129), "a" * 129, "a" * 3_000, "%0d%0a", "%2e%2e")
JSON = "application/json"
KEY = {"Content-Type": JSON}


def operations():
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def answered(client, method, address, **sent):
    answer = client.request(method, address, **sent)
    assert answer.status_code < 500, (method, address[:80], str(sent)[:120], answer.text[:200])
    if answer.status_code >= 400:
        assert answer.json()["code"] != "internal_error"
        assert len(answer.text) < 1_000


def fill(path, **values):
    known = {"file_type": "video", "template_id": "template123", **values}
    return re.sub(r"\{(\w+)\}", lambda m: known.get(m[1], "x"), path)


def texts_within(value, path=()):
    """Where in a JSON document texts stand, keys of dictionaries included."""
    if isinstance(value, str):
        yield path
    for key, part in value.items() if isinstance(value, dict) else ():
        yield from texts_within(part, (*path, key))
    for index, part in enumerate(value) if isinstance(value, list) else ():
        yield from texts_within(part, (*path, index))


def replaced(value, path, text):
    if not path:
        return text
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], text)
    return copy


def full_body(operation):
    """A body with every field of its schema, and an example that the route takes."""
    document = app.openapi()
    schema = operation["requestBody"]["content"][JSON]["schema"]
    schema = document["components"]["schemas"].get(schema.get("$ref", "").split("/")[-1], schema)
    special = {
        "pronounce": {"单于": "chan2 yu2"},
        "pronunciations": {"单于": "chan2 yu2"},
        "consent": {"subject": "王", "statement": "同", "given_at": "2026-03-01T09:30:00Z"},
    }
    example = schema["examples"][0]
    whole = {name: special.get(name, "x") for name in schema["properties"]}
    return whole | example, example


def test_in_every_segment_of_an_address(client, template):
    for method, path, _ in operations():
        for name in re.findall(r"\{(\w+)\}", path):
            for text in IN_ADDRESSES:
                answered(client, method, fill(path, **{name: text}))


def test_in_every_query_parameter_and_header(client, template):
    for method, path, operation in operations():
        for parameter in operation.get("parameters", ()):
            name = parameter["name"]
            for text in IN_ADDRESSES if parameter["in"] == "query" else ():
                answered(client, method, f"{fill(path)}?{name}={text}")
            for text in (
                ("\xff" * 200, "\x1b", "", "a" * 3_000) if parameter["in"] == "header" else ()
            ):
                answered(client, method, fill(path), headers={name: text.encode("latin-1")})


def test_in_every_field_of_every_json_body(client, template):
    for method, path, operation in operations():
        if JSON not in operation.get("requestBody", {}).get("content", {}):
            continue
        body, example = full_body(operation)
        for place in texts_within(body):
            for text in ("\ud800", "😀" * 129):
                sent = {**example, place[0]: replaced(body, place, text)[place[0]]}
                answered(client, method, fill(path), content=json.dumps(sent), headers=KEY)


@pytest.mark.parametrize("text", TEXTS)
def test_in_fields_that_reach_the_store(client, template, ready_file, text):
    """Requests that are right but for one text, so that nothing else refuses them first."""
    ready_file("video", "v.mp4")
    ready_file("audio", "a.wav")
    whole = {
        "/api/tasks/voice/generate": {
            "text": "你好",
            "reference_audio": "a.wav",
            "reference_text": "x",
            "uuid": "u",
            "user_id": "x",
            "pronounce": {"单于": "chan2 yu2", "GPU": "G P U"},
            "callback_url": "https://example.com/",
            "consent": {
                "subject": "王",
                "statement": "同意",
                "given_at": "2026-03-01T09:30:00Z",
                "purpose": "x",
            },
        },
        "/api/tasks/video/compose": {"template_id": "template123", "text_content": "好"},
        "/api/tasks/digital-human/create": {"sample_video": "v.mp4", "speech_text": "好"},
        "/api/voices": {"name": "我", "audio_file": "a.wav"},
        "/api/upload/video": {"filename": "a.mp4", "file_size": 9, "custom_name": "x"},
        "/api/task/process": {"task_id": "x"},
    }
    for path, body in whole.items():
        for place in texts_within(body):
            sent = json.dumps(replaced(body, place, text))
            answered(client, "POST", path, content=sent, headers=KEY)
        for key in (*body, "consent", "pronounce"):
            within = body[key] if key in ("consent", "pronounce") and key in body else {}
            sent = json.dumps({**body, key: {text: "x", **within}})
            answered(client, "POST", path, content=sent, headers=KEY)


@pytest.mark.parametrize("text", ["\x00", "\x1b", "😀" * 129, "", "a" * 3_000])
def test_in_every_field_of_a_form(client, text):
    for name in ("custom_name", "user_id"):
        answered(
            client,
            "POST",
            "/api/upload/video",
            files={"file": ("a.mp4", b"x")},
            data={name: text},
        )
    answered(client, "POST", "/api/upload/video", files={"file": (f"{text}.mp4", b"x")})


@pytest.mark.parametrize("characters", [129, 1_025, 3_000])
@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/templates/{}", "template_not_found"),
        ("PATCH", "/api/templates/{}", "template_not_found"),
        ("GET", "/api/tasks/{}/status", "task_not_found"),
        ("GET", "/api/voices/{}", "voice_not_found"),
        ("GET", "/api/upload/video/multipart/{}", "upload_not_found"),
        ("GET", "/api/download/upload/video/{}", "file_not_found"),
        ("GET", "/api/download/generated/video/{}", "task_not_found"),
    ],
)
def test_a_name_longer_than_any_names_nothing(client, method, path, code, characters):
    body = {"json": {"title_bold": True}} if method == "PATCH" else {}
    answer = client.request(method, path.format("a" * characters), **body)
    assert (answer.status_code, answer.json()["code"]) == (404, code)
