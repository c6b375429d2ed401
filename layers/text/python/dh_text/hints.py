"""What a request asks for at places of its text, kept safe while the rest is normalised.

A word whose reading is given is replaced by one private-use character, a sign, which every later
step carries along; its reading is put in where the symbols are made. So are pauses and changes of
prosody. An alias is just another text, and replaces the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from dh_core.errors import MediaTooLong
from dh_core.limits import MAX_TEXT_CHARACTERS
from dh_core.specs import pinyin
from dh_core.specs.pronunciation import is_chinese
from dh_core.specs.ssml import PLAIN, Break, Mark, Phoneme, Prosody, ProsodyChange, SayAs, Sub
from dh_text.say_as import said_as

_MOST_CHARACTERS = 2 * MAX_TEXT_CHARACTERS
MARKS = "\ue000-\uf8ff"
"""The private-use characters, for a character class of a regular expression."""
WORDS = "\ue000-\uefff"
"""Those of them that stand for words."""
PROSODIES = "\uf000-\uf3ff"
BREAKS = "\uf400-\uf8ff"

T = TypeVar("T")


@dataclass(slots=True)
class _Signs(Generic[T]):
    """Characters from `first` on, each for a thing of its own.

    A text of the greatest length has room for fewer things than there are characters.
    """

    first: str
    _signs: dict[T, str] = field(default_factory=dict)
    _things: dict[str, T] = field(default_factory=dict)

    def of(self, thing: T) -> str:
        sign = self._signs.setdefault(thing, chr(ord(self.first) + len(self._signs)))
        self._things[sign] = thing
        return sign

    def meant(self, sign: str) -> T:
        return self._things[sign]


class Hints:
    """The hints of one request: `pronounce` {word: pinyin or alias}, and the marks of its script.

    Both are checked by dh_core.specs.
    """

    def __init__(self, pronounce: Mapping[str, str], script_marks: Sequence[Mark] = ()) -> None:
        self._words = _Signs[tuple[str, tuple[str, ...]]]("\ue000")
        self._prosodies = _Signs[Prosody]("\uf000")
        self._breaks = _Signs[float]("\uf400")
        self._script_marks = sorted(script_marks, key=lambda mark: mark.start)
        self._marks: dict[str, str] = {}
        for word, reading in pronounce.items():
            syllables = pinyin.parse(reading)
            is_alias = syllables is None
            self._marks[word.lower()] = (
                f" {reading} " if is_alias else self._words.of((word, syllables or ()))
            )
        words = sorted(pronounce, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_found, words)), re.I) if words else None

    def placed(self, text: str) -> str:
        """The text with a sign, or other words, at each mark of its script.

        A pause after the last word is none of it: see `dh_core.specs.ssml.Script`.
        """
        parts, done = [], 0
        for mark in self._script_marks:
            parts += [_without_signs(text[done : mark.start]), self._put(mark, text)]
            done = mark.end
        return "".join([*parts, _without_signs(text[done:])])

    def _put(self, mark: Mark, text: str) -> str:
        if isinstance(mark, Phoneme):
            return self._words.of((_without_signs(text[mark.start : mark.end]), mark.syllables))
        if isinstance(mark, Sub):
            return _apart(_without_signs(mark.alias))
        if isinstance(mark, SayAs):
            return _apart(said_as(mark, text))
        if isinstance(mark, ProsodyChange):
            return self._prosodies.of(mark.prosody)
        if isinstance(mark, Break):
            return self._breaks.of(mark.seconds) if mark.start < len(text) else ""
        raise TypeError(mark)

    def mark(self, text: str) -> str:
        """Put signs and aliases in place of the hinted words, the longest first.

        Raises MediaTooLong where aliases make more of a text than anybody may have spoken.
        """
        if self._pattern is None:
            return text
        marked = self._pattern.sub(lambda word: self._marks[word[0].lower()], text)
        if len(marked) > max(len(text), _MOST_CHARACTERS):
            raise MediaTooLong("The aliases in pronounce make the text too long; shorten them.")
        return marked

    def plain(self, text: str) -> str:
        """The words themselves in place of their signs."""
        return _without_signs(re.sub(f"[{WORDS}]", lambda sign: self.word(sign[0]), text))

    def word(self, sign: str) -> str:
        """The hinted word that a sign stands for."""
        return self._words.meant(sign)[0]

    def reading(self, sign: str) -> tuple[str, ...]:
        """The syllables that a sign stands for."""
        return self._words.meant(sign)[1]

    def prosody(self, sign: str) -> Prosody:
        """What holds from a sign on."""
        return self._prosodies.meant(sign)

    def seconds(self, sign: str) -> float:
        """The pause that a sign stands for."""
        return self._breaks.meant(sign)

    def carried(self, parts: Iterable[str]) -> Iterator[str]:
        """The parts of a text, each beginning with the prosody that holds there."""
        holds = ""
        for part in parts:
            yield holds + part
            holds = self.holding(holds + part)

    def holding(self, text: str) -> str:
        """The sign of the prosody that holds where a text ends; empty where nothing is asked."""
        last = re.findall(f"[{PROSODIES}]", text)[-1:]
        return "" if not last or self.prosody(last[0]) == PLAIN else last[0]


def _without_signs(text: str) -> str:
    return re.sub(f"[{MARKS}]", "", text)


def _apart(text: str) -> str:
    """Latin letters and figures do not run into their neighbours."""
    if not text:
        return text
    before, after = (" " if end.isascii() and end.isalnum() else "" for end in (text[0], text[-1]))
    return f"{before}{text}{after}"


def _found(word: str) -> str:
    """Chinese anywhere; Latin only as a whole word."""
    escaped = re.escape(word)
    if is_chinese(word):
        return escaped
    after = r"(?![A-Za-z0-9])" if word[-1].isalnum() else ""
    return rf"(?<![A-Za-z0-9]){escaped}{after}"
