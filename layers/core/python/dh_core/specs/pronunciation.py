"""Pronunciation hints of a request: `{"单于": "chan2 yu2", "GPU": "G P U"}`.

A Chinese word takes one pinyin syllable with its tone (1-4, 5 for neutral) per character. A word
in Latin letters takes pinyin or an alias, the text to read in its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from dh_core.field_rules import shown
from dh_core.specs import pinyin

MAX_HINTS: Final = 100
MAX_WORD_CHARACTERS: Final = 40
MAX_ALIAS_CHARACTERS: Final = 100

_HAN: Final = re.compile(r"[\u3400-\u9fff〇]+")
_LATIN: Final = re.compile(r"[A-Za-z0-9\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f .&'’+#_-]*")
_SPEAKABLE: Final = re.compile(r"[A-Za-z0-9\u3400-\u9fff]")


def is_chinese(word: str) -> bool:
    """Whether a hint's word consists of Chinese characters only."""
    return _HAN.fullmatch(word) is not None


def _checked(hints: Mapping[str, str]) -> dict[str, str]:
    for word, reading in hints.items():
        fault = _fault(word, reading)
        if fault:
            raise ValueError(f'"{shown(word)}": {fault}')
    return dict(hints)


def _fault(word: str, reading: str) -> str | None:
    """What is wrong with one hint, and what to write instead."""
    if len(word) > MAX_WORD_CHARACTERS:
        return f"give a word of at most {MAX_WORD_CHARACTERS} characters"
    if is_chinese(word):
        return _fault_of_pinyin(word, reading)
    if not _LATIN.fullmatch(word):
        return "a hint is for a Chinese word or for a word in Latin letters, not for a mixture"
    if len(reading) > MAX_ALIAS_CHARACTERS or not _SPEAKABLE.search(reading):
        return f"give pinyin or a text of at most {MAX_ALIAS_CHARACTERS} characters to read instead"
    return None


def _fault_of_pinyin(word: str, reading: str) -> str | None:
    syllables = pinyin.parse(reading)
    if syllables is None:
        return f'"{shown(reading)}" is not pinyin with tone numbers 1 to 5, as in "chan2 yu2"'
    if len(syllables) != len(word):
        return f"{len(word)} characters need {len(word)} syllables, not {len(syllables)}"
    return None


Pronunciation = Annotated[
    dict[str, str],
    Field(
        max_length=MAX_HINTS,
        description='How to read words: {"单于": "chan2 yu2", "GPU": "G P U"}',
    ),
    AfterValidator(_checked),
]
