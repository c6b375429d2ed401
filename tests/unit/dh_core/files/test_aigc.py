from __future__ import annotations

import json

import pytest

from dh_core.files.aigc import AigcLabel


def test_the_declaration_has_the_standards_fields_in_its_order() -> None:
    label = AigcLabel.for_content(producer="某公司", content_id="task-1")
    assert list(json.loads(label.to_json()).items()) == [
        ("Label", "1"),
        ("ContentProducer", "某公司"),
        ("ProduceID", "task-1"),
        ("ReservedCode1", ""),
        ("ContentPropagator", "某公司"),
        ("PropagateID", "task-1"),
        ("ReservedCode2", ""),
    ]


def test_a_declaration_is_read_as_it_was_written() -> None:
    label = AigcLabel.for_content(producer='a "b" \\ ;=#', content_id="task-1")
    assert AigcLabel.from_json(label.to_json()) == label


def test_declarations_of_others_may_lack_fields_or_be_wrapped() -> None:
    bare = AigcLabel.from_json('{"Label":"3"}')
    wrapped = AigcLabel.from_json('{"AIGC":{"Label":"3"}}')
    assert bare == wrapped == AigcLabel("3", "", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"Label":"4"}',
        '{"Label":1}',
        " " * 9000,
        "[" * 8000,
        '{"Label":"1","ProduceID":"\\ud800"}',
        '{"Label":' + "1" * 5000 + "}",
        '{"Label":"1","ProduceID":{"a":NaN}}',
    ],
)
def test_what_is_no_declaration_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        AigcLabel.from_json(text)


def test_a_declaration_names_producer_and_content() -> None:
    with pytest.raises(ValueError, match="names"):
        AigcLabel.for_content(producer="", content_id="task-1")
