"""What only the Lambda function does: request ids, log lines and metrics."""

from __future__ import annotations

import json


def test_the_request_id_is_that_of_the_invocation(invoke):
    answer = invoke("GET", "/api/nothing")
    assert answer.json()["request_id"] == "request-1"
    assert answer.headers["x-request-id"] == "request-1"


def test_an_accepted_task_is_counted_once_by_its_type(invoke, capfd):
    body = json.dumps({"text": "你好", "uuid": "mine"}).encode()
    for _ in range(2):
        assert invoke("POST", "/api/tasks/voice/generate", body=body).status == 200
    (line,) = capfd.readouterr().out.splitlines()
    metric = json.loads(line)
    assert (metric["task_type"], metric["TasksAccepted"]) == ("voice", [1.0])
    assert metric["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "DigitalHuman"


def test_a_web_server_prints_no_metrics(client, capfd):
    assert client.post("/api/tasks/voice/generate", json={"text": "你好"}).status_code == 200
    assert capfd.readouterr().out == ""
