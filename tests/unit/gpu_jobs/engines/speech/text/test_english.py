"""Latin words inside and outside of Chinese."""

from __future__ import annotations

import pytest

from gpu_jobs.engines.speech.espeak import english_to_symbols
from gpu_jobs.engines.speech.text.english import symbols_of


@pytest.mark.parametrize("acronym", ["GPU", "WTO", "CCTV", "AWS", "CEO", "NBA"])
def test_an_acronym_is_spelled(acronym: str) -> None:
    assert symbols_of(acronym) == english_to_symbols(".".join(acronym) + ".") or symbols_of(
        acronym
    ) == english_to_symbols(" ".join(acronym))


@pytest.mark.parametrize("word", ["NASA", "NATO", "UNESCO"])
def test_a_name_in_capitals_that_people_pronounce_is_a_word(word: str) -> None:
    assert symbols_of(word) == english_to_symbols(word.capitalize())


def test_a_shouted_sentence_is_not_spelled() -> None:
    assert symbols_of("STOP THE CAR NOW") == english_to_symbols("Stop The Car Now")


def test_a_chinese_brand_is_read_in_chinese() -> None:
    assert symbols_of("Huawei") == "xwa↗wei↗"
