"""SSML becomes a text and what is asked for in it; a fault is named with its place and cure."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from dh_core.limits import MAX_SSML_CHARACTERS, MAX_TEXT_CHARACTERS
from dh_core.specs.ssml import (
    Break,
    Mark,
    Phoneme,
    Prosody,
    ProsodyChange,
    SayAs,
    SsmlError,
    Sub,
    parse,
)
from dh_core.specs.task_types.compose import ComposeSpec
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from dh_core.specs.task_types.voice import VoiceSpec


def marks(inner: str) -> list[Mark]:
    return list(parse(f"<speak>{inner}</speak>").marks)


def prosody(attributes: str) -> Prosody:
    change = marks(f"<prosody {attributes}>好</prosody>")[0]
    assert isinstance(change, ProsodyChange)
    return change.prosody


def test_the_text_is_what_a_reader_sees() -> None:
    document = """<?xml version="1.0" encoding="gb2312"?>
    <!-- said twice -->
    <speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="zh-CN">
      <p>大家好，
         今天 &amp; 明天<![CDATA[ <3]]></p>
      <p>We go
         home&#x3002;</p>
    </speak>""".strip()
    assert parse(document).text == "大家好，今天 & 明天 <3\nWe go home。"


def test_each_tag_marks_its_place() -> None:
    script = parse(
        '<speak>在<phoneme alphabet="py" ph="chang2an1">长安</phoneme>，<break time="500ms"/>'
        '<sub alias="世界卫生组织">WHO</sub>于<say-as interpret-as="date" format="dmy">1/5/2026'
        "</say-as><s>说</s></speak>"
    )
    assert script.text == "在长安，WHO于1/5/2026说"
    assert list(script.marks) == [
        Phoneme(1, 3, ("chang2", "an1")),
        Break(4, 4, 0.5),
        Sub(4, 7, "世界卫生组织"),
        SayAs(8, 16, "date", "dmy"),
        Sub(17, 17, "。"),
    ]
    assert script.characters == len(script.text) + 4
    assert "世界卫生组织" in script.words


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        ('rate="x-slow"', Prosody(rate=0.5)),
        ('rate="80%"', Prosody(rate=0.8)),
        ('rate="+20%"', Prosody(rate=1.2)),
        ('rate="-25%"', Prosody(rate=0.75)),
        ('rate="1.5"', Prosody(rate=1.5)),
        ('pitch="+2st"', Prosody(pitch=2)),
        ('pitch="-100.5st"', Prosody(pitch=-100.5)),
        ('pitch="x-high"', Prosody(pitch=6)),
        ('pitch="+100%"', Prosody(pitch=12)),
        ('volume="-6dB"', Prosody(volume=-6)),
        ('volume="silent"', Prosody(volume=-math.inf)),
        ('rate="fast" pitch="low" volume="soft"', Prosody(1.25, -3, -6)),
    ],
)
def test_prosody_is_written_in_words_factors_and_changes(attributes: str, wanted: Prosody) -> None:
    assert prosody(attributes) == wanted


def test_nested_prosody_adds_up_and_ends_with_its_tag() -> None:
    changes = marks(
        '一<prosody rate="50%" pitch="+2st">二<prosody rate="150%" pitch="+1st">三</prosody>四'
        "</prosody>五"
    )
    assert changes == [
        ProsodyChange(1, 1, Prosody(0.5, 2)),
        ProsodyChange(2, 2, Prosody(0.75, 3)),
        ProsodyChange(3, 3, Prosody(0.5, 2)),
        ProsodyChange(4, 4, Prosody()),
    ]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [('time="2s"', 2), ('time="+.5s"', 0.5), ("", 0.75), ('strength="none"', 0),
     ('strength="strong" time="250ms"', 0.25)],
)  # fmt: skip
def test_a_break_has_a_length_or_a_strength(written: str, seconds: float) -> None:
    assert marks(f"好<break {written}/>的") == [Break(1, 1, seconds)]


def test_a_break_between_paragraphs_comes_before_the_second_and_the_last_one_after_all() -> None:
    script = parse('<speak><p>一。</p><break time="1s"/><p>二。</p><break time="2s"/></speak>')
    assert script.marks[0] == Break(3, 3, 1)
    assert script.last_pause == 2


@pytest.mark.parametrize(
    ("document", "line", "column", "said"),
    [
        ("<speak>你\n好<brake/></speak>", 2, 2, "<brake> is not a tag here; did you mean break?"),
        ('<speak>你<break tim="1s"/></speak>', 1, 9, "<break> takes no tim; did you mean time?"),
        ('<speak>你<break time="3"/></speak>', 1, 9, '<break>: time="3" is not a length'),
        ('<speak>你<break time="10.1s"/></speak>', 1, 9, "up to 10 s"),
        ('<speak>你<break time="-1s"/></speak>', 1, 9, "up to 10 s"),
        ("<speak>" + '好<break time="10s"/>' * 61 + "</speak>", 1, 1209, "longer than 600 s"),
        ("<speak><break>好</break></speak>", 1, 8, "<break> holds no text"),
        ("<speak>\n 你<prosody>好</speak>", 2, 3, "<prosody> is not closed; write </prosody>"),
        ("<speak>你好", 1, 1, "<speak> is not closed; write </speak>"),
        ("<speak>你</p>好</speak>", 1, 11, "</p> closes nothing; leave it out"),
        ("你好<speak>你</speak>", 1, 1, "outside of <speak>"),
        ("<speak>你</speak>好", 1, 17, "outside of <speak>"),
        ("大家好", 1, 1, "outside of <speak>"),
        ("<p>大家好</p>", 1, 1, "<p> stands outside of <speak>"),
        ("<speak>你<speak>好</speak></speak>", 1, 9, "stands inside another tag"),
        ("<speak>" + "<prosody>" * 20, 1, 179, "20 deep"),
        ("<speak>AT&T</speak>", 1, 12, "&amp; for &"),
        ("<speak>1 < 2</speak>", 1, 11, "&lt; for <"),
        ("<speak>你&nbsp;好</speak>", 1, 9, "the entity is unknown"),
        ('<!DOCTYPE speak [<!ENTITY a "b">]>\n<speak>&a;</speak>', 1, 17, "leave <!DOCTYPE"),
        ("<speak>  </speak>", 1, 1, "nothing to say"),
        ('<speak><phoneme ph="chang2 an1">长</phoneme></speak>', 1, 8, "1 characters need 1"),
        ('<speak><phoneme ph="chang9">长</phoneme></speak>', 1, 8, "not pinyin"),
        ('<speak><phoneme alphabet="ipa" ph="x">长</phoneme></speak>', 1, 8, 'write alphabet="pi'),
        ("<speak><phoneme>长</phoneme></speak>", 1, 8, '<phoneme> needs ph="…"'),
        ('<speak><phoneme ph="chang2"/>好</speak>', 1, 8, "put the word"),
        ('<speak><sub alias="">好</sub></speak>', 1, 8, "the alias is empty"),
        ('<speak><sub alias="x">a<break/></sub></speak>', 1, 24, "close <sub> before"),
        ('<speak><say-as interpret-as="digit">1</say-as></speak>', 1, 8, "did you mean digits?"),
        ('<speak><say-as interpret-as="digits">一</say-as></speak>', 1, 8, "as digits; write"),
        ('<speak><say-as interpret-as="date">2026-13-1</say-as></speak>', 1, 8, "no date"),
        ('<speak><say-as interpret-as="date" format="x">1</say-as></speak>', 1, 8, 'format="x"'),
        ('<speak><say-as interpret-as="time">25:00</say-as></speak>', 1, 8, "as time"),
        ('<speak><prosody rate="quick">好</prosody></speak>', 1, 8, "x-slow, slow"),
        ('<speak><prosody rate="0">好</prosody></speak>', 1, 8, "is no pace"),
        ('<speak><prosody pitch="10%">好</prosody></speak>', 1, 8, "is no change"),
        ('<speak><prosody volume="50">好</prosody></speak>', 1, 8, '"-6dB"'),
        ('<speak>你<voice name="x">好</voice></speak>', 1, 9, "voice_id"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place_and_its_cure(
    document: str, line: int, column: int, said: str
) -> None:
    with pytest.raises(SsmlError) as refused:
        parse(document)
    assert said in str(refused.value)
    assert (refused.value.line, refused.value.column) == (line, column)


def test_the_limit_counts_what_is_said_and_tags_have_their_own() -> None:
    tags = '<break time="1ms"/>' * 500
    VoiceSpec(text=f"<speak>{'字' * MAX_TEXT_CHARACTERS}{tags}</speak>", text_type="ssml")
    for text in (
        f"<speak>{'字' * (MAX_TEXT_CHARACTERS + 1)}</speak>",
        f'<speak><sub alias="{"字" * (MAX_TEXT_CHARACTERS + 1)}">字</sub></speak>',
        f"<speak>好{tags * 3}</speak>",
    ):
        with pytest.raises(ValidationError, match="at most"):
            VoiceSpec(text=text, text_type="ssml")
    assert len(tags * 3) > MAX_SSML_CHARACTERS


def test_moderation_and_estimates_see_words_not_tags() -> None:
    spec = VoiceSpec(
        text='<speak>我在<sub alias="北京">BJ</sub><break time="9s"/></speak>', text_type="ssml"
    )
    assert spec.texts()["text"] == "我在BJ\n北京"
    assert spec.characters() == 4


def test_a_recording_has_no_tags() -> None:
    with pytest.raises(ValidationError, match="text_type"):
        DigitalHumanSpec(sample_video="v.mp4", speech_audio="a.wav", text_type="ssml")
    with pytest.raises(ValidationError, match="text_type"):
        ComposeSpec(
            template_id="t", audio_file="a.wav", text_content="<speak>好</speak>", text_type="ssml"
        )
