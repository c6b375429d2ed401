"""A text is cut into passages that the model speaks well, and nothing of it is lost."""

from __future__ import annotations

import re

import pytest

from dh_core.specs.ssml import parse
from dh_text.hints import Hints
from dh_text.reader import Reader
from gpu_jobs.engines.speech.phonemes.front_end import FrontEnd
from gpu_jobs.engines.speech.voxcpm2 import passages as cutting
from gpu_jobs.engines.speech.voxcpm2.passages import LONGEST, SHORTEST, Passage, syllables


class Everything:
    """A vocabulary in which no symbol is missing."""

    def __contains__(self, _symbol: object) -> bool:
        return True


def to_passages(text: str, **pronounce: str) -> list[Passage]:
    return cutting.to_passages(text, FrontEnd(Everything(), Reader(Hints(pronounce))))


def texts(text: str, **pronounce: str) -> list[str]:
    return [passage.text for passage in to_passages(text, **pronounce)]


def words(text: str) -> str:
    return re.sub(r"\W", "", text)


def test_sentences_are_passages() -> None:
    first = "今天天气很好，我们去公园散步。"
    second = "明天可能会下雨，请大家带好雨伞！"
    assert texts(first + second) == [first, second]


def test_numbers_are_words() -> None:
    (passage,) = texts("我们公司成立于2010年，有350名员工。")
    assert "二零一零年" in passage and "三百五十" in passage


def test_a_short_sentence_is_spoken_with_its_neighbour() -> None:
    assert texts("好的。今天天气很好，我们去公园散步。") == ["好的。今天天气很好，我们去公园散步。"]
    assert texts("今天天气很好，我们去公园散步。再见！") == ["今天天气很好，我们去公园散步。再见！"]
    assert texts("好。") == ["好。"]


def test_english_sentences_are_joined_with_a_space() -> None:
    assert texts("Yes. The weather is fine and we walk along the river.") == [
        "Yes. The weather is fine and we walk along the river."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "我们先坐地铁去城西的老茶馆，" * 12 + "然后回家。",
        "风和日丽" * 60 + "。",
        "We walked along the river, " * 30 + "and went home.",
        "antidisestablishmentarianism" * 20,
        "然后，好。" + "今天天气很好我们去公园散步" * 9 + "。好。",
    ],
)
def test_long_sentences_are_cut_without_losing_a_word(text: str) -> None:
    passages = to_passages(text)
    assert words("".join(passage.text for passage in passages)) == words(text)
    assert max(syllables(passage.text) for passage in passages) <= LONGEST + 2 * SHORTEST
    assert all(passage.pause > 0 for passage in passages)


def test_a_pause_inside_a_sentence_is_shorter_than_between_sentences() -> None:
    long = "我们先坐地铁去城西的老茶馆，" * 6
    first, *_, last = to_passages(long + "然后一起慢慢地走路回家。")
    assert first.pause < last.pause


def test_paragraphs_are_further_apart_than_sentences() -> None:
    first, second, third = to_passages(
        "今天天气很好，我们去公园散步。明天可能会下雨，请带好雨伞。\n后天我们一起去看望爷爷奶奶。"
    )
    assert first.pause < second.pause == third.pause


def test_a_short_line_is_spoken_with_the_next_one_but_not_into_it() -> None:
    assert texts("第一章\n今天天气很好，我们去公园散步。") == [
        "第一章。今天天气很好，我们去公园散步。"
    ]


def test_the_model_reads_a_hinted_word_and_the_guide_its_reading() -> None:
    (plain,) = to_passages("匈奴单于来到了长安城。")
    (hinted,) = to_passages("匈奴单于来到了长安城。", 单于="dan1 yu2")
    assert hinted.text == plain.text == "匈奴单于来到了长安城。"
    assert [piece.text for piece in hinted.pieces if piece.text.strip()]
    assert "".join(g.symbols for g in hinted.groups) != "".join(g.symbols for g in plain.groups)


def test_an_alias_is_read_by_both() -> None:
    (passage,) = to_passages("我们买了一块很贵的GPU。", GPU="显卡")
    assert "显卡" in passage.text and "GPU" not in passage.text


def test_hinted_words_count_as_long_as_they_are() -> None:
    passages = to_passages("大家好" * 41 + "。", 大家好="da4 jia1 hao3")
    assert max(syllables(passage.text) for passage in passages) <= LONGEST + 3


def test_what_cannot_be_spoken_is_left_out() -> None:
    assert texts("……！？") == []
    assert texts("😀😀。今天天气很好，我们去公园散步。") == texts("今天天气很好，我们去公园散步。")


def test_a_break_is_a_comma_to_the_model_and_a_pause_to_the_pieces() -> None:
    script = parse('<speak>我们买了一块<break time="2s"/>很贵的，<break/>显卡。</speak>')
    reader = Reader(Hints({}, script.marks))
    (passage,) = cutting.to_passages(script.text, FrontEnd(Everything(), reader))
    assert passage.text == "我们买了一块，很贵的，显卡。"
    assert passage.said.strip() == script.text
    assert [piece.rest for piece in passage.pieces if piece.rest is not None] == [2.0, 0.75]
