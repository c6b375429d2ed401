"""Characters with several readings are read as their sentence means them."""

from __future__ import annotations

from pathlib import Path

import pytest

import dh_text.mandarin
from dh_core.specs import pinyin
from dh_text.mandarin import dictionary_readings

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
    folder = Path(dh_text.mandarin.__file__).parent
    rows = [
        line.split("\t")
        for line in (folder / table).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    for word, written, *_rest in rows:
        syllables = pinyin.parse(written)
        assert syllables is not None, word
        assert len(syllables) == len(word), word
