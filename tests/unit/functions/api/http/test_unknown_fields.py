"""What a route does not know is refused by name, with the nearest thing that it does know."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.api.app import app

SPEAK = "/api/tasks/voice/generate"
CONSENT = {"subject": "王", "statement": "同意", "given_at": "2026-03-01T09:30:00+08:00"}


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        (SPEAK, {"voice": "zf_xiaobei"}, "voice is not a field here; did you mean voice_id?"),
        (SPEAK, {"voiceId": "x"}, "voiceId is not a field here; did you mean voice_id?"),
        (SPEAK, {"SPEED": 2}, "SPEED is not a field here; did you mean speed?"),
        (SPEAK, {"type": "voice"}, "type is not a field here;"),
        (
            SPEAK,
            {"consent": {**CONSENT, "givenAt": 1}},
            "consent.givenAt is not a field here; did you mean given_at?",
        ),
        (
            "/api/tasks/digital-human/create",
            {"video": "v.mp4"},
            "video is not a field here; did you mean sample_video?",
        ),
        (
            "/api/tasks/template/create",
            {"title": "x"},
            "title is not a field here; did you mean title_text?",
        ),
        ("/api/upload/video", {"file_name": "a.mp4"}, "file_name is not a field here; did you"),
        ("/api/task/process", {"taskid": "x"}, "taskid is not a field here; did you mean task_id?"),
        (SPEAK, {"x\ud800\n" * 999: 1}, "x"),
    ],
)
def test_an_unknown_field_is_named_with_the_nearest_one(client, path, body, said):
    # The client's own writer refuses half a surrogate pair.
    sent = json.dumps({"text": "你好", **body} if path == SPEAK else body)
    answer = client.post(path, content=sent, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["error"].startswith(said)
    assert len(answer.json()["error"]) < 300


def test_an_unknown_form_field_is_named(client):
    answer = client.post(
        "/api/upload/video", files={"file": ("a.mp4", b"x")}, data={"customname": "me"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "customname is not a field here; did you mean custom_name?"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/api/tasks?state=failed", "state is not a query parameter here; did you mean status?"),
        ("/api/files/list?file_type=video", "file_type is not a query parameter here; did you"),
        ("/api/tasks/x/status?verbose=1", "verbose is not a query parameter here; there are wait."),
        ("/api/system/status?a=1", "a is not a query parameter here; leave it out."),
    ],
)
def test_an_unknown_query_parameter_is_named(client, address, said):
    answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["error"].startswith(said)


def test_a_field_of_the_body_is_not_taken_from_the_address(client):
    answer = client.post(f"{SPEAK}?voice_id=zf_xiaobei", json={"text": "你好"})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("voice_id is not a query parameter here")


def test_every_documented_query_parameter_is_known_to_its_route(client):
    routes: list[Any] = list(app.router.routes)
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            names = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"}
            route = next(
                one for one in routes if one.path == path and method.upper() in one.methods
            )
            assert set(route.query_names) == names, path


def test_the_document_says_that_other_fields_are_refused():
    schemas = app.openapi()["components"]["schemas"]
    open_ones = [
        name
        for name, schema in schemas.items()
        if name.endswith("Request") and schema.get("additionalProperties") is not False
    ]
    assert open_ones == ["AnyTaskRequest"]  # its type says which fields it has
    assert schemas["Consent"]["additionalProperties"] is False
    upload = app.openapi()["paths"]["/api/upload/{file_type}"]["post"]["requestBody"]["content"]
    assert all(one["schema"]["additionalProperties"] is False for one in upload.values())
