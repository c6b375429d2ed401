"""How a text is spoken can be asked for; a bad wish is a 400 that names it."""

from __future__ import annotations

import pytest

VOICE = "/api/tasks/voice/generate"


def test_hints_speed_and_pitch_are_accepted(client):
    wishes = {"pronounce": {"单于": "chan2 yu2", "GPU": "显卡"}, "speed": 1.2, "pitch": -3}
    wishes |= {"volume": -6}
    answer = client.post(VOICE, json={"text": "单于用GPU", **wishes})
    assert answer.status_code == 200, answer.json()


def test_null_wishes_count_as_absent(client):
    wishes = {"pronounce": None, "speed": None, "pitch": None, "volume": None}
    assert client.post(VOICE, json={"text": "你好", **wishes}).status_code == 200


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        ({"pronounce": {"单于": "chan2"}}, "单于"),
        ({"pronounce": {"单于": "chan2 xyz2"}}, "单于"),
        ({"pronounce": {"单于": 5}}, "单于"),
        ({"pronounce": "chan2 yu2"}, "pronounce"),
        ({"speed": 3}, "speed"),
        ({"speed": "fast"}, "speed"),
        ({"pitch": -13}, "pitch"),
        ({"volume": 7}, "volume must be at most 6"),
    ],
)
def test_a_bad_wish_is_refused_by_name(client, wish, named):
    answer = client.post(VOICE, json={"text": "单于", **wish})
    assert answer.status_code == 400
    assert named in answer.json()["error"]


@pytest.mark.parametrize(
    ("route", "fields"),
    [
        (VOICE, {}),
        ("/api/tasks/digital-human/create", {"sample_video": "me.mp4"}),
    ],
)
def test_ssml_is_taken_wherever_a_text_is_spoken(client, ready_file, route, fields):
    ready_file("video", "me.mp4")
    text = '<speak>他<phoneme ph="chang2">长</phoneme><break time="1s"/>高</speak>'
    name = "text" if route == VOICE else "speech_text"
    answer = client.post(route, json={name: text, "text_type": "ssml", **fields})
    assert answer.status_code == 200, answer.json()


def test_a_fault_in_ssml_is_named_with_its_line_and_column(client):
    body = {"text": "<speak>他<brake/>高</speak>", "text_type": "ssml"}
    answer = client.post(VOICE, json=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "ssml_invalid"
    said = "text: line 1, column 9: <brake> is not a tag here; did you mean break?"
    assert answer.json()["error"] == said
    too_long = {"text": f"<speak>{'字' * 5_001}</speak>", "text_type": "ssml"}
    assert client.post(VOICE, json=too_long).json()["code"] == "text_too_long"
    assert client.post(VOICE, json={"text": "好", "text_type": "xml"}).status_code == 400
