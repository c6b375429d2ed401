"""Readings that a request gives itself, kept safe while the rest of the text is normalised.

A hinted word is replaced by one private-use character, which every later step carries along; its
reading is put in where the symbols are made. An alias is just another text, and replaces the word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from dh_core.errors import MediaTooLong
from dh_core.limits import MAX_TEXT_CHARACTERS
from dh_core.specs import pinyin
from dh_core.specs.pronunciation import is_chinese

_FIRST = 0xE000
_MOST_CHARACTERS = 2 * MAX_TEXT_CHARACTERS
MARKS = "\ue000-\uf8ff"
"""The private-use characters, for a character class of a regular expression."""


class Hints:
    """The hints of one request, `{word: pinyin or alias}`, checked by dh_core.specs."""

    def __init__(self, pronounce: Mapping[str, str]) -> None:
        self._words: list[str] = []
        self._readings: list[tuple[str, ...]] = []
        self._marks: dict[str, str] = {}
        for word, reading in pronounce.items():
            syllables = pinyin.parse(reading)
            if syllables is None:
                self._marks[word.lower()] = f" {reading} "
            else:
                self._marks[word.lower()] = chr(_FIRST + len(self._readings))
                self._words.append(word)
                self._readings.append(syllables)
        words = sorted(pronounce, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_found, words)), re.I) if words else None

    def mark(self, text: str) -> str:
        """Put marks and aliases in place of the hinted words, the longest first.

        Raises MediaTooLong where aliases make more of a text than anybody may have spoken.
        """
        text = re.sub(f"[{MARKS}]", "", text)
        if self._pattern is None:
            return text
        marked = self._pattern.sub(lambda word: self._marks[word[0].lower()], text)
        if len(marked) > max(len(text), _MOST_CHARACTERS):
            raise MediaTooLong("The aliases in pronounce make the text too long; shorten them.")
        return marked

    def plain(self, text: str) -> str:
        """The words themselves in place of their marks."""
        return re.sub(f"[{MARKS}]", lambda mark: self.word(mark[0]), text)

    def word(self, mark: str) -> str:
        """The hinted word that a mark stands for."""
        return self._words[ord(mark) - _FIRST]

    def reading(self, mark: str) -> tuple[str, ...]:
        """The syllables that a mark stands for."""
        return self._readings[ord(mark) - _FIRST]


def _found(word: str) -> str:
    """Chinese anywhere; Latin only as a whole word."""
    escaped = re.escape(word)
    if is_chinese(word):
        return escaped
    after = r"(?![A-Za-z0-9])" if word[-1].isalnum() else ""
    return rf"(?<![A-Za-z0-9]){escaped}{after}"
