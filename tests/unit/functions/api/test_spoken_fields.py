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
