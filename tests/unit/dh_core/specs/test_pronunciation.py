"""Pronunciation hints are checked when they arrive, and the message names the bad one."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from dh_core.specs import pinyin
from dh_core.specs.task_types.compose import ComposeSpec
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from dh_core.specs.task_types.voice import VoiceSpec


def test_pinyin_is_read_in_the_ways_people_type_it() -> None:
    assert pinyin.parse("lü4 Xing2") == ("lv4", "xing2")
    assert pinyin.parse("nu:3 lv4") == ("nv3", "lv4")
    assert pinyin.parse("ma5") == ("ma5",)


@pytest.mark.parametrize("text", ["", "ma", "ma0", "ma6", "xyz1", "chan2yu2", "mā"])
def test_what_is_no_pinyin_with_tones_is_refused(text: str) -> None:
    assert pinyin.parse(text) is None


def test_good_hints_survive_storage() -> None:
    hints = {"单于": "chan2 yu2", "GPU": "显卡", "Kuker": "ku4 ke3", "C++": "C plus plus"}
    spec = VoiceSpec(text="单于", pronounce=hints)
    assert VoiceSpec.model_validate_json(spec.model_dump_json()).pronounce == hints


@pytest.mark.parametrize(
    ("word", "reading", "why"),
    [
        ("单于", "chan2", "2 characters need 2 syllables"),
        ("单于", "chan yu", "not pinyin"),
        ("单于", "chan2 yyy2", "not pinyin"),
        ("单GPU", "dan1 G P U", "mixes Chinese"),
        ("GPU", "", "give pinyin or a text"),
        ("GPU", "!!", "give pinyin or a text"),
        ("", "ma1", "give a Chinese word"),
        ("字" * 41, "zi4", "at most 40"),
    ],
)
def test_a_bad_hint_is_named(word: str, reading: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why) as refused:
        VoiceSpec(text="x", pronounce={"好": "hao3", word: reading})
    assert f'"{word[:40]}' in str(refused.value)


def test_six_hundred_hints_are_enough() -> None:
    many = {chr(0x4E00 + i): "yi1" for i in range(601)}
    with pytest.raises(ValidationError, match="600"):
        VoiceSpec(text="x", pronounce=many)


@pytest.mark.parametrize(
    "field",
    [
        *({"speed": 0.4}, {"speed": 2.1}, {"pitch": 13}, {"pitch": -12.5}),
        *({"volume": 6.5}, {"volume": -21}, {"volume": math.nan}),
    ],
)
def test_speed_pitch_and_volume_have_bounds(field: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        VoiceSpec(text="x", **field)


@pytest.mark.parametrize("field", [{"speed": 1.5}, {"volume": -3}])
def test_a_recording_cannot_be_spoken_differently(field: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="played as it is"):
        DigitalHumanSpec(sample_video="v.mp4", speech_audio="a.wav", **field)
    with pytest.raises(ValidationError, match="played as it is"):
        ComposeSpec(template_id="t", audio_file="a.wav", **field)
