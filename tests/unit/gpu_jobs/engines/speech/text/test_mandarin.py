"""Characters with several readings are read as their sentence means them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dh_core.specs import pinyin
from gpu_jobs.engines.speech.text.mandarin import dictionary_readings, symbols_of
from gpu_jobs.engines.speech.text.syllables import symbols_of_syllable

LINES = Path(__file__).with_name("polyphones.tsv").read_text(encoding="utf-8").splitlines()
CASES = [line.split("\t") for line in LINES if not line.startswith("#")]


def reading(sentence: str, word: str) -> str:
    readings = [one for part in dictionary_readings(sentence) for one in part.readings]
    assert len(readings) == len(sentence)
    at = sentence.index(word)
    return " ".join(readings[at : at + len(word)])


def test_every_polyphone_of_the_list_is_read_right() -> None:
    wrong = [
        f"{sentence}: {word} as {reading(sentence, word)}, not {wanted}"
        for sentence, word, wanted in CASES
        if reading(sentence.replace("，", ""), word) != wanted
    ]
    assert len(CASES) > 250
    assert wrong == []


@pytest.mark.parametrize("table", ["readings.tsv", "contexts.tsv"])
def test_the_tables_hold_only_syllables_that_exist(table: str) -> None:
    folder = Path(symbols_of.__code__.co_filename).parent
    rows = [
        line.split("\t")
        for line in (folder / table).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    for word, written, *_rest in rows:
        syllables = pinyin.parse(written)
        assert syllables is not None, word
        assert len(syllables) == len(word), word


def test_every_legal_syllable_has_symbols_of_the_model(vocabulary: dict[str, int]) -> None:
    for syllable in pinyin.SYLLABLES:
        for tone in "12345":
            symbols = symbols_of_syllable(syllable + tone)
            assert symbols
            assert set(symbols) <= set(vocabulary), syllable


def test_a_neutral_syllable_carries_no_tone_mark() -> None:
    assert symbols_of("妈妈") == "ma→ma"
