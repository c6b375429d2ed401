"""A request's own readings win, the longest word first."""

from __future__ import annotations

from dh_text.hints import Hints
from gpu_jobs.engines.speech.phonemes.front_end import to_groups
from gpu_jobs.engines.speech.phonemes.syllables import symbols_of_syllable


def spoken(text: str, vocabulary: dict[str, int], **pronounce: str) -> str:
    return " ".join(group.symbols for group in to_groups(text, vocabulary, Hints(pronounce)))


def symbols(*readings: str) -> str:
    return "".join(map(symbols_of_syllable, readings))


def test_a_hinted_word_is_read_as_told(vocabulary: dict[str, int]) -> None:
    assert symbols("dan1", "yu2") in spoken("他是单于。", vocabulary, 单于="dan1 yu2")


def test_the_longest_hint_wins(vocabulary: dict[str, int]) -> None:
    text = spoken("大单于来了。", vocabulary, 单于="dan1 yu2", 大单于="da4 shan4 yu2")
    assert symbols("da4", "shan4", "yu2") in text
    assert symbols("dan1", "yu2") not in text


def test_an_alias_replaces_a_latin_word_in_any_case(vocabulary: dict[str, int]) -> None:
    hinted = spoken("用gpu计算。", vocabulary, GPU="显卡")
    assert hinted.split() == spoken("用 显卡 计算。", vocabulary).split()


def test_a_latin_word_may_be_given_in_pinyin(vocabulary: dict[str, int]) -> None:
    assert symbols("ku4", "ke3") in spoken("用Kuker吧。", vocabulary, Kuker="ku4 ke3")


def test_a_hint_for_a_word_leaves_longer_words_alone(vocabulary: dict[str, int]) -> None:
    assert spoken("说AIDS。", vocabulary, AI="人工") == spoken("说AIDS。", vocabulary)


def test_a_hint_survives_numbers_and_traditional_characters(vocabulary: dict[str, int]) -> None:
    text = spoken("2024年單于來了。", vocabulary, 單于="dan1 yu2")
    assert symbols("dan1", "yu2") in text


def test_private_use_characters_in_a_text_are_no_hints(vocabulary: dict[str, int]) -> None:
    assert spoken("你\ue000好。", vocabulary, 单于="chan2 yu2") == spoken("你好。", vocabulary)
