"""A text is cut into passages that the model speaks well, and nothing of it is lost."""

from __future__ import annotations

import re

import pytest

from gpu_jobs.engines.speech.voxcpm2.passages import LONGEST, SHORTEST, syllables, to_passages


def texts(text: str) -> list[str]:
    return [passage.text for passage in to_passages(text)]


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


def test_what_cannot_be_spoken_is_left_out() -> None:
    assert texts("……！？") == []
    assert texts("😀😀。今天天气很好，我们去公园散步。") == texts("今天天气很好，我们去公园散步。")
