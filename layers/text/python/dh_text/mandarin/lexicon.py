"""What dictionaries say about a character: the longest of their words around it.

Two of them vote: the phrases of pypinyin, and the words that jieba divides texts into, with the
readings of pinyin-pro (`training/polyphones`). Of the second only words are kept that have a rare
reading: in all others each character is read as in most words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pypinyin.constants import PHRASES_DICT
from pypinyin.contrib.tone_convert import to_tone3

_LONGEST = 8


@dataclass(frozen=True, slots=True)
class Vote:
    """A word of dictionary `source` that starts at `start` and reads the character as `reading`."""

    source: str
    start: int
    end: int
    reading: str


@dataclass(frozen=True)
class Lexicon:
    """`frequencies`: jieba's words, parts of words among them with 0."""

    frequencies: Mapping[str, int]
    rare: Mapping[str, Sequence[str]]
    usual: Mapping[str, str]

    def votes(self, text: str, at: int) -> Iterator[Vote]:
        """The longest words of each dictionary that hold the character at `at`."""
        for source, starting, holds in (
            ("phrase", _starting(), PHRASES_DICT.__contains__),
            ("word", self.frequencies, self.frequencies.get),
        ):
            longest, found = 0, list[int]()
            for start in range(max(0, at + 1 - _LONGEST), at + 1):
                if text[start : start + 2] not in starting:
                    continue
                for end in range(max(at, start + 1) + 1, min(start + _LONGEST, len(text)) + 1):
                    if end - start >= longest and holds(text[start:end]):
                        found = [*found, start] if end - start == longest else [start]
                        longest = end - start
            for start in found:
                reading = self._reading(source, text[start : start + longest], at - start)
                if reading:
                    yield Vote(source, start, start + longest, reading)

    def _reading(self, source: str, word: str, at: int) -> str | None:
        if source == "phrase":
            return (
                tone3(PHRASES_DICT[word][at][0]) if len(PHRASES_DICT[word]) == len(word) else None
            )
        rare = self.rare.get(word)
        return rare[at] if rare else self.usual.get(word[at])


@cache
def _starting() -> frozenset[str]:
    """The first two characters of each phrase."""
    return frozenset(phrase[:2] for phrase in PHRASES_DICT)


@cache
def tone3(syllable: str) -> str:
    """`hǎo` as `hao3`, a neutral syllable with 5."""
    return str(to_tone3(syllable, neutral_tone_with_five=True, v_to_u=False)).replace("ü", "v")
