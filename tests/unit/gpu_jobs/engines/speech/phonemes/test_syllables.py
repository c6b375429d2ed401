"""Pinyin as the model's symbols."""

from __future__ import annotations

from dh_core.specs import pinyin
from gpu_jobs.engines.speech.phonemes.syllables import symbols_of_syllable


def test_every_legal_syllable_has_symbols_of_the_model(vocabulary: dict[str, int]) -> None:
    for syllable in pinyin.SYLLABLES:
        for tone in "12345":
            symbols = symbols_of_syllable(syllable + tone)
            assert symbols
            assert set(symbols) <= set(vocabulary), syllable


def test_a_neutral_syllable_carries_no_tone_mark() -> None:
    assert symbols_of_syllable("ma5") == "ma"
