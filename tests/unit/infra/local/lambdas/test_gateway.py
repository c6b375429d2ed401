"""Requests as events and answers as responses, payload format 2.0."""

import base64

import pytest
from starlette.testclient import TestClient

from infra.local.lambdas.gateway import MAX_PAYLOAD_BYTES, gateway


@pytest.fixture
def events():
    return []


@pytest.fixture
def client(events):
    def function(event):
        events.append(event)
        return {
            "statusCode": 201,
            "headers": {"content-type": "audio/wav"},
            "body": base64.b64encode(b"RIFF").decode(),
            "isBase64Encoded": True,
            "cookies": ["a=1", "b=2"],
        }

    return TestClient(gateway({"ANY /": function, "ANY /{proxy+}": function}))


def test_the_path_is_decoded_and_the_query_is_not(client, events):
    client.get("/api/files/%E5%A3%B0.wav?name=%E5%A3%B0&x=1&x=2")
    (event,) = events
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/api/files/声.wav"
    assert event["rawQueryString"] == "name=%E5%A3%B0&x=1&x=2"
    assert event["queryStringParameters"] == {"name": "声", "x": "1,2"}


def test_names_of_headers_are_in_lower_case_and_what_comes_twice_is_joined(client, events):
    client.get("/", headers=[("X-One", "1"), ("X-One", "2"), ("Cookie", "a=1; b=2")])
    (event,) = events
    assert event["headers"]["x-one"] == "1,2"
    assert event["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in event["headers"]


def test_text_comes_as_it_is_and_anything_else_as_base64(client, events):
    client.post("/", json={"text": "声"})
    client.post("/", content=b"\xff\x00", headers={"Content-Type": "application/octet-stream"})
    text, binary = events
    assert (text["body"], text["isBase64Encoded"]) == ('{"text":"声"}', False)
    assert (binary["body"], binary["isBase64Encoded"]) == ("/wA=", True)


def test_the_functions_answer_becomes_the_response(client):
    answer = client.get("/")
    assert (answer.status_code, answer.content) == (201, b"RIFF")
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_a_route_that_names_an_address_goes_before_the_one_for_all():
    asked = []

    def function(name):
        return lambda event: asked.append((name, event)) or {"statusCode": 200}

    client = TestClient(gateway({"ANY /{proxy+}": function("all"), "POST /a/b": function("one")}))
    for method, path in (("POST", "/a/b"), ("GET", "/a/b"), ("POST", "/a/b/c")):
        client.request(method, path)
    assert [name for name, _ in asked] == ["one", "all", "all"]
    named, other, _ = (event for _, event in asked)
    assert (named["routeKey"], other["routeKey"]) == ("POST /a/b", "ANY /{proxy+}")
    assert "pathParameters" not in named


def test_a_body_beyond_the_gateways_limit_never_reaches_the_function(client, events):
    assert client.post("/", content=bytes(MAX_PAYLOAD_BYTES + 1)).status_code == 413
    assert events == []
