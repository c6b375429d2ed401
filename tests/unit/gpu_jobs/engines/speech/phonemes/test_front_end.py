"""Text becomes symbols that the model knows, in groups that it can take."""

from __future__ import annotations

import sys
from itertools import pairwise

import pytest

from dh_core.errors import UnspeakableText
from gpu_jobs.engines.speech.phonemes.alphabet import is_sound
from gpu_jobs.engines.speech.phonemes.english import espeak
from gpu_jobs.engines.speech.phonemes.front_end import (
    FIRST_GROUP_SYMBOLS,
    GROUP_SYMBOLS,
    Group,
    check,
    read_groups,
    to_groups,
)


def spoken(groups: list[Group]) -> str:
    return " ".join(group.symbols for group in groups)


def test_a_date_and_a_decimal_are_read_as_chinese_words(vocabulary: dict[str, int]) -> None:
    digits = to_groups("2024年5月1日，气温26.5度。", vocabulary)
    words = to_groups("二零二四年五月一日，气温二十六点五度。", vocabulary)
    assert digits == words


def test_full_width_letters_and_digits_read_like_plain_ones(vocabulary: dict[str, int]) -> None:
    assert to_groups("版本ＡＰＩ１２", vocabulary) == to_groups("版本API12", vocabulary)


def test_a_hyphen_before_a_number_is_not_read_as_minus(vocabulary: dict[str, int]) -> None:
    assert to_groups("COVID-19疫情", vocabulary) == to_groups("COVID 19疫情", vocabulary)


def test_english_words_inside_chinese_are_spoken(vocabulary: dict[str, int]) -> None:
    symbols = spoken(to_groups("我们用iPhone拍摄。", vocabulary))
    assert "fˈOn" in symbols


def test_a_purely_english_text_reads_its_numbers_in_english(vocabulary: dict[str, int]) -> None:
    assert "wˈɛnti" in spoken(to_groups("It costs 20 dollars.", vocabulary))


def test_digits_alone_are_read_in_chinese(vocabulary: dict[str, int]) -> None:
    assert to_groups("12345", vocabulary) == to_groups("幺二三四五", vocabulary)


def test_traditional_characters_sound_like_simplified_ones(vocabulary: dict[str, int]) -> None:
    assert to_groups("歡迎來到測試", vocabulary) == to_groups("欢迎来到测试", vocabulary)


def test_the_first_group_is_short_so_that_progress_shows_soon(vocabulary: dict[str, int]) -> None:
    first, *_rest = to_groups("今天天气很好，我们一起去公园散步，" * 20, vocabulary)
    assert len(first.symbols) <= FIRST_GROUP_SYMBOLS


@pytest.mark.parametrize("text", ["今天是2024年5月1日。" * 30, "天气很好，" * 100, "一行\n" * 90])
def test_progress_rises_with_what_is_read_and_ends_at_one(
    text: str, vocabulary: dict[str, int]
) -> None:
    read = [group.read for group in to_groups(text, vocabulary)]
    assert 0 < read[0] < 0.3
    assert all(before < after for before, after in pairwise(read))
    assert read[-1] == pytest.approx(1)


def test_a_paragraph_rests_longer_than_a_sentence_and_that_longer_than_a_semicolon(
    vocabulary: dict[str, int],
) -> None:
    sentence = "今天天气很好，我们大家一起去公园里散步"
    text = f"{sentence}；{sentence}。{sentence}。\n{sentence}。"
    semicolon, full_stop, paragraph, _last = to_groups(text, vocabulary)
    assert semicolon.pause < full_stop.pause < paragraph.pause <= 0.6


def test_each_line_is_its_own_sentence(vocabulary: dict[str, int]) -> None:
    assert "." in spoken(to_groups("你好\n世界", vocabulary))


@pytest.mark.parametrize("text", ["天气很好，" * 200, "天气很好" * 200, "a" * 3000, "x y z " * 300])
def test_no_group_is_longer_than_the_model_takes(text: str, vocabulary: dict[str, int]) -> None:
    groups = to_groups(text, vocabulary)
    assert len(groups) > 1
    assert max(len(group.symbols) for group in groups) <= GROUP_SYMBOLS
    assert all(any(map(is_sound, group.symbols)) for group in groups)
    assert set(spoken(groups)) <= set(vocabulary)


@pytest.mark.parametrize("text", ["", "   \n", "！！！……", "😀🎉", "Привет"])
def test_text_with_nothing_to_speak_is_refused(text: str, vocabulary: dict[str, int]) -> None:
    with pytest.raises(UnspeakableText):
        to_groups(text, vocabulary)


def test_without_espeak_chinese_works_and_english_is_refused_with_the_reason(
    vocabulary: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    espeak._library.cache_clear()
    try:
        assert to_groups("你好。", vocabulary)
        with pytest.raises(UnspeakableText, match="espeak-ng"):
            to_groups("你好 hello。", vocabulary)
        long = f"{'今天天气很好。' * 40}hello。"
        with pytest.raises(UnspeakableText, match="espeak-ng"):
            check(long, vocabulary)
        assert next(read_groups(long, vocabulary)).read < 0.2  # the rest is read while it is spoken
    finally:
        espeak._library.cache_clear()
