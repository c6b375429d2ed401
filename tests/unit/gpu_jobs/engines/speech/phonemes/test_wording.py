"""The user's own words get the times of what was said for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

import pytest

from dh_text.hints import Hints
from gpu_jobs.audio.speech import Phoneme
from gpu_jobs.engines.speech.phonemes.alphabet import is_sound
from gpu_jobs.engines.speech.phonemes.front_end import to_groups
from gpu_jobs.engines.speech.phonemes.wording import (
    SpokenPiece,
    spoken_pieces,
    syllables_of,
    words_of,
)
from gpu_jobs.weights.store import WeightStore

SECOND = 0.1
"""Every sound lasts this long."""


@pytest.fixture(scope="session")
def vocabulary(weights: WeightStore) -> dict[str, int]:
    return json.loads(weights.path("kokoro-vocab.json").read_text(encoding="utf-8"))["vocab"]


def spoken(
    text: str, vocabulary: dict[str, int], pronounce: Mapping[str, str] = MappingProxyType({})
) -> list[SpokenPiece]:
    """`text` read at an even pace."""
    pieces: list[SpokenPiece] = []
    at = 0
    for group in to_groups(text, vocabulary, Hints(pronounce)):
        sounds = [symbol for symbol in group.symbols if is_sound(symbol)]
        phonemes = [
            Phoneme(symbol, (at + n) * SECOND, (at + n + 1) * SECOND)
            for n, symbol in enumerate(sounds)
        ]
        pieces += spoken_pieces(group.pieces, phonemes)
        at += len(sounds)
    return pieces


def words(text: str, vocabulary: dict[str, int]) -> list[str]:
    return [word.text for word in words_of(text, spoken(text, vocabulary))]


@pytest.mark.parametrize(
    "parts",
    [
        "2026年|5月|1日，|我们|用|iPhone |15|拍|了|video。",
        "增长|12.5%，|面积|3.5km²，|10:30|开会",
        "歡迎|來到|測試！|1/2|的|人",
        "“你好”，|他|说……|《红楼梦》",
        "用户😀|很多🎉|呢",
        "在|of |the |people|里，|we've |done |it",
    ],
)
def test_words_are_cut_from_the_text_as_written(parts: str, vocabulary: dict[str, int]) -> None:
    assert words(parts.replace("|", ""), vocabulary) == parts.split("|")


@pytest.mark.parametrize(
    "text", ["电话是13812345678，谢谢。", "共5999元", "温度-5℃左右", "3:2获胜"]
)
def test_a_number_is_never_divided(text: str, vocabulary: dict[str, int]) -> None:
    number = "".join(c for c in text if c.isascii())
    assert any(number in word for word in words(text, vocabulary))


@pytest.mark.parametrize(
    "text",
    [
        "今天天气很好，\n我们去公园！ 明天呢？",
        "请看 https://example.com/a?b=1 谢谢",
        "  , 。好",
        "a" * 600,
        "It costs 20 dollars. See you at 5pm!",
        "电话：138-1234-5678，（转）8001。",
    ],
)
def test_words_are_the_text_and_follow_each_other(text: str, vocabulary: dict[str, int]) -> None:
    timed = words_of(text, spoken(text, vocabulary))
    assert "".join(word.text for word in timed) == text
    assert all(word.start < word.end for word in timed)
    for word, following in pairwise(timed):
        assert word.end <= following.start + 1e-9


def test_a_number_lasts_as_long_as_its_reading(vocabulary: dict[str, int]) -> None:
    pieces = spoken("2026年好", vocabulary)
    year, good = words_of("2026年好", pieces)
    assert (year.text, good.text) == ("2026年", "好")
    assert year.start == 0
    assert year.end == pytest.approx(good.start)
    assert year.end - year.start > 4 * (good.end - good.start) * 0.6


def test_syllables_are_what_was_said(vocabulary: dict[str, int]) -> None:
    syllables = syllables_of(spoken("5月，video", vocabulary))
    assert [syllable.text for syllable in syllables] == ["五", "月", "vɪ", "dɪ", "O"]
    assert syllables[-1].start == pytest.approx(syllables[-2].end)


def test_a_syllable_tells_its_pinyin_as_it_is_said(vocabulary: dict[str, int]) -> None:
    hints = {"重": "chong2", "Kuker": "ku4 ke3"}
    syllables = syllables_of(spoken("你好，不是重 Kuker ok", vocabulary, hints))
    said = [(one.text, one.pinyin) for one in syllables]
    assert said[:5] == [
        ("你", "ni2"),
        ("好", "hao3"),
        ("不", "bu2"),
        ("是", "shi4"),
        ("重", "chong2"),
    ]
    assert [pinyin for _text, pinyin in said[5:]] == ["ku4", "ke3", None, None]


def test_a_text_of_which_nothing_was_spoken_has_no_words() -> None:
    assert words_of("……", []) == ()
