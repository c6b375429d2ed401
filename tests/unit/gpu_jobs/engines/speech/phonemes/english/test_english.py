"""Latin words inside and outside of Chinese."""

from __future__ import annotations

import pytest

from gpu_jobs.engines.speech.phonemes.english.espeak import english_to_symbols
from gpu_jobs.engines.speech.phonemes.english.symbols import symbols_of
from gpu_jobs.engines.speech.phonemes.syllables import symbols_of_syllable


@pytest.mark.parametrize("acronym", ["GUI", "UI", "NBA", "CEO", "AWS"])
def test_an_acronym_is_spelled_with_every_letter_stressed(acronym: str) -> None:
    assert symbols_of(acronym) == " ".join(map(english_to_symbols, acronym))


def test_a_name_in_capitals_that_people_pronounce_is_a_word() -> None:
    assert symbols_of("NASA") == english_to_symbols("Nasa")
    assert symbols_of("UNESCO") != " ".join(map(english_to_symbols, "UNESCO"))


def test_a_word_in_capitals_is_read_as_a_word_and_the_same_in_a_sentence_as_ever() -> None:
    assert symbols_of("GOOD") == symbols_of("Good")
    assert symbols_of("a good day") == english_to_symbols("a good day")


def test_a_term_of_the_lexicon_is_said_as_people_say_it() -> None:
    assert symbols_of("Node.js") == symbols_of("node JS")
    assert symbols_of("JSON") == symbols_of("jason")


def test_the_stops_of_english_are_breathed_so_that_p_is_not_heard_as_b() -> None:
    assert symbols_of("PPT") == "pʰˈi pʰˈi tʰˈi"
    assert symbols_of("coffee").startswith("kʰ")
    assert "ʰ" not in symbols_of("stop")


def test_a_shouted_sentence_is_not_spelled() -> None:
    assert symbols_of("STOP THE CAR NOW") == symbols_of("Stop The Car Now")


def test_a_chinese_brand_is_read_in_chinese() -> None:
    assert symbols_of("Huawei") == symbols_of("huawei") == "xwa↗wei↗"


def test_what_english_vowels_make_unclear_is_said_in_mandarin_sounds() -> None:
    assert symbols_of("AI") == f"{symbols_of_syllable('ei1')} {symbols_of_syllable('ai4')}"
    assert symbols_of("AIGC") == f"{symbols_of('AI')} {symbols_of('GC')}"
    assert symbols_of("OpenAI").endswith(symbols_of("AI"))
    assert symbols_of("WiFi") == symbols_of("wi-fi")
    assert symbols_of("WiFi").startswith(symbols_of_syllable("wai1"))
