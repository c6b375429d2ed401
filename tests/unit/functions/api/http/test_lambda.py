"""What the Lambda function says besides its answers: request ids and log lines."""

from __future__ import annotations


def test_the_request_id_is_that_of_the_invocation(invoke):
    answer = invoke("GET", "/api/nothing")
    assert answer.json()["request_id"] == "request-1"
    assert answer.headers["x-request-id"] == "request-1"
