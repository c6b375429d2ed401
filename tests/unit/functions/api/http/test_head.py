"""HEAD is answered wherever GET is: as GET would answer, without the body."""

from __future__ import annotations

import pytest

from functions.api.app import app

PATHS = sorted(
    {
        path
        for path, operations in app.openapi()["paths"].items()
        if "get" in operations and "{" not in path
    }
)
HEADERS = ("content-type", "content-length", "etag", "location", "cache-control")


@pytest.mark.parametrize("path", PATHS)
def test_head_answers_as_get_does(client, path):
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    for name in HEADERS:
        assert head.headers.get(name) == got.headers.get(name), name
    assert "x-request-id" in head.headers


def test_head_of_one_thing_too(client, ready_file):
    ready_file("video", "v.mp4")
    head = client.head("/api/download/upload/video/v.mp4")
    assert (head.status_code, "location" in head.headers) == (302, True)
    assert client.head("/api/download/upload/video/none.mp4").status_code == 404
    assert client.head("/api/nothing").status_code == 404


def test_what_takes_no_get_takes_no_head(client):
    refused = client.head("/api/tasks/voice/generate")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_the_function_on_aws_answers_head(invoke):
    answer = invoke("HEAD", "/api/health")
    assert (answer.status, answer.body) == (200, "")
    assert answer.headers["content-type"] == "application/json"


def test_a_browser_that_asks_for_an_impossible_method_is_answered_in_json(client):
    answer = client.options(
        "/api/tasks",
        headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "BREW"},
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_request"
