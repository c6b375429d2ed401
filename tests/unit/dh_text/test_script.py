"""A text with marks is read like one without, but for what the marks ask."""

from __future__ import annotations

from dh_core.specs.ssml import PLAIN, parse
from dh_text.hints import Hints
from dh_text.reader import Kind, Reader, Token


def tokens(inner: str, **pronounce: str) -> list[Token]:
    script = parse(f"<speak>{inner}</speak>")
    reader = Reader(Hints(pronounce, script.marks))
    return [
        token
        for sentence in reader.sentences(script.text)
        for token in reader.tokens(sentence.text)
    ]


def readings(inner: str) -> str:
    return " ".join(reading for token in tokens(inner) for reading in token.readings)


def test_prosody_within_a_word_or_phrase_leaves_its_readings_alone() -> None:
    assert readings("我很<prosody rate='slow'>想你</prosody>") == readings("我很想你")
    found = tokens("银<prosody rate='slow'>行</prosody>")
    assert [(token.text, token.readings) for token in found] == [
        ("银", ("yin2",)),
        ("行", ("hang2",)),
    ]
    assert [token.prosody.rate for token in found] == [1, 0.75]


def test_prosody_holds_over_sentences_paragraphs_and_english() -> None:
    found = tokens("<prosody volume='soft'><p>你好。再见！</p><p>OK now</p></prosody>完")
    assert {token.prosody.volume for token in found if token.text != "完"} == {-6}
    assert found[-1].prosody == PLAIN


def test_a_marked_word_is_one_token_with_its_reading() -> None:
    found = tokens('他<phoneme ph="chang2 chang2">长长</phoneme>的', 长长="zhang3 zhang3")
    assert [(token.text, token.readings) for token in found][1] == ("长长", ("chang2", "chang2"))


def test_neighbours_of_a_marked_word_follow_its_tone_and_it_keeps_it() -> None:
    assert readings('不<phoneme ph="shi4">是</phoneme>') == "bu2 shi4"
    assert readings('一<phoneme ph="hang2">行</phoneme>') == "yi4 hang2"
    assert readings('我<phoneme ph="hao3">好</phoneme>') == "wo2 hao3"
    assert readings('<phoneme ph="wo3">我</phoneme>好') == "wo3 hao3"


def test_a_break_parts_what_is_read() -> None:
    found = tokens("你<break time='2s'/>好3<break/>5")
    assert [token.seconds for token in found if token.kind is Kind.BREAK] == [2.0, 0.75]
    assert "".join(token.text for token in found) == "你好三五"
    found = tokens("你好。<break time='2s'/>……我们走。")
    assert [one.seconds for one in found if one.kind is Kind.BREAK] == [2.0]
    assert found[-4].kind is Kind.BREAK


def test_signs_that_a_text_holds_itself_mean_nothing() -> None:
    assert [token.text for token in tokens("你\ue000\uf000\uf400好")] == ["你好"]


def test_sentences_without_a_stop_get_one() -> None:
    found = tokens("<s>你好</s><s>Good day</s><s>再见！</s>")
    assert [one.text.strip() for one in found if one.kind is Kind.MARK] == ["。", ".", "！"]
