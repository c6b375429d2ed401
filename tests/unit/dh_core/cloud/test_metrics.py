"""The embedded-metric line, held against the specification's own JSON schema."""

from __future__ import annotations

import io
import json

import pytest
from jsonschema import validate

from dh_core.cloud.metrics import GPU_SECONDS, QUEUE_AGE_SECONDS, QUEUE_DEPTH, Metrics

NAME = {"type": "string", "minLength": 1}
# Amazon CloudWatch User Guide, "Specification: Embedded metric format", shortened.
SCHEMA = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["Namespace", "Dimensions", "Metrics"],
                        "properties": {
                            "Namespace": NAME | {"maxLength": 1024},
                            "Dimensions": {
                                "type": "array",
                                "minItems": 1,
                                "items": {
                                    "type": "array",
                                    "maxItems": 30,
                                    "items": NAME | {"maxLength": 250},
                                },
                            },
                            "Metrics": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "required": ["Name"],
                                    "properties": {
                                        "Name": NAME | {"maxLength": 1024},
                                        "Unit": {"pattern": "^(Seconds|Megabytes|Percent|Count)$"},
                                    },
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}


def test_a_line_is_a_document_of_the_specification(capsys: pytest.CaptureFixture[str]) -> None:
    Metrics("Space", lambda: 1_800_000_000.5).write(
        {QUEUE_AGE_SECONDS: 12.3456, QUEUE_DEPTH: 3}, lane="speaking", task_id="t"
    )
    (line,) = capsys.readouterr().out.splitlines()
    document = json.loads(line)
    validate(document, SCHEMA)
    assert document["_aws"]["Timestamp"] == 1_800_000_000_500
    assert (document["QueueAgeSeconds"], document["QueueDepth"]) == (12.346, 3)
    assert (document["lane"], document["task_id"]) == ("speaking", "t")


def test_a_value_without_its_dimension_is_an_error() -> None:
    with pytest.raises(KeyError, match="task_type"):
        Metrics("Space").write({GPU_SECONDS: 1}, lane="speaking")


def test_a_lost_line_does_not_undo_what_it_counts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class FullPipe(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", FullPipe())
    Metrics("Space").write({QUEUE_DEPTH: 1}, lane="speaking")
    assert "a metric was lost" in caplog.text


def test_without_a_namespace_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    Metrics().write({QUEUE_DEPTH: 1}, lane="speaking")
    assert capsys.readouterr().out == ""
