"""A text sentence by sentence, and a sentence word by word, as they are said.

A text in Latin letters without any Chinese is read as English as a whole, numbers included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from dh_text import figures, mandarin
from dh_text.cleaning import PARAGRAPH, clean
from dh_text.hints import MARKS, Hints

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = r"[A-Za-z\u00c0-\u024f]"
LATIN_RUN = re.compile(rf"({_LATIN}(?:(?:{_LATIN}|['’.& -])*{_LATIN})?)")
_PHRASE = re.compile(rf"[\u3400-\u9fff]+|[{MARKS}]|[^\u3400-\u9fff{MARKS}]+")
_SENTENCE = re.compile(r"[^。！？!?；;…]*(?:[。！？!?；;…]+[”’」』\")）]*|$)")
_ENGLISH_SENTENCE = re.compile(r".+?(?:[.!?;]+[”’\")]*(?=\s|$)|$)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A normalised sentence with its final punctuation.

    `paragraph` counts from 0; `read` is the fraction of the text up to its end.
    """

    text: str
    paragraph: int
    read: float


class Kind(Enum):
    """What a token is made of."""

    HAN = auto()
    """A word with its pinyin."""
    LATIN = auto()
    """Latin words or figures, read as English."""
    MARK = auto()
    """Punctuation: a rest, or nothing."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is said, or a mark.

    `readings`: a syllable of pinyin with its spoken tone (`hao3`; 5 is neutral) for each character
    of a Chinese word; a hinted word may have any number.
    """

    kind: Kind
    text: str
    readings: tuple[str, ...] = ()


def prepare() -> None:
    """Load what reading needs, which the first text would otherwise wait for (0.8 s)."""
    mandarin.prepare()
    figures.prepare()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the text of one request."""

    hints: Hints

    def sentences(self, text: str) -> Iterator[Sentence]:
        """The text sentence by sentence, each normalised when it is asked for.

        Numbers are in words where the text is Chinese; hinted words are marks of `hints`. Raises
        UnsupportedLanguage before the first.
        """
        plain = self.plain(text)
        is_chinese = bool(_HAN.search(plain)) or not re.search(_LATIN, plain)
        pattern = _SENTENCE if is_chinese else _ENGLISH_SENTENCE
        done = 0
        for paragraph, line in enumerate(plain.split(PARAGRAPH)):
            regular_line = figures.regular(line) if is_chinese else line
            stretch = len(line) / max(len(regular_line), 1)
            start = done
            done += len(line) + len(PARAGRAPH)
            for found in pattern.finditer(regular_line):
                read = figures.spoken(found[0]) if is_chinese else found[0]
                so_far = min((start + stretch * found.end()) / max(len(plain), 1), 1.0)
                for part in filter(str.strip, pattern.findall(read)):
                    yield Sentence(part, paragraph, so_far)

    def plain(self, text: str) -> str:
        """The part of a text that is read out, with marks for hinted words."""
        return self.hints.mark(clean(text))

    def tokens(self, text: str) -> Iterator[Token]:
        """A sentence, or a part of one, word by word."""
        for run in LATIN_RUN.split(text):
            if LATIN_RUN.fullmatch(run.strip()):
                yield Token(Kind.LATIN, run.strip())
                continue
            for phrase in _PHRASE.findall(run.strip()):
                yield from self._tokens_of(phrase)

    def _tokens_of(self, phrase: str) -> Iterator[Token]:
        if _HAN.match(phrase):
            for word in mandarin.read_phrase(phrase):
                yield Token(Kind.HAN, word.text, tuple(word.readings))
        elif re.match(f"[{MARKS}]", phrase):
            yield Token(Kind.HAN, self.hints.word(phrase), self.hints.reading(phrase))
        elif any(character.isdigit() for character in phrase):
            yield Token(Kind.LATIN, phrase)
        else:
            yield Token(Kind.MARK, phrase)
