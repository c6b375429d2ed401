"""A text sentence by sentence, and a sentence word by word, as they are said.

A sentence without any Chinese that is English has its figures in English; in a Chinese sentence so
has a run of English words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from dh_text import figures, mandarin
from dh_text.cleaning import PARAGRAPH, clean
from dh_text.hints import MARKS, Hints
from dh_text.sentences import divided, is_english

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = r"[A-Za-z\u00c0-\u024f]"
LATIN_RUN = re.compile(rf"({_LATIN}(?:(?:{_LATIN}|['’.& -])*{_LATIN})?)")
_PHRASE = re.compile(rf"[\u3400-\u9fff]+|[{MARKS}]|[^\u3400-\u9fff{MARKS}]+")


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

        Figures are in words of the sentence's language; hinted words are marks of `hints`. Raises
        UnsupportedLanguage before the first.
        """
        plain = self.plain(text)
        english_text = is_english(plain)
        done = 0
        for paragraph, line in enumerate(plain.split(PARAGRAPH)):
            for written in divided(line, english_text=english_text):
                done += len(written.text)
                for spoken in written.spoken():
                    yield Sentence(spoken, paragraph, min(done / max(len(plain), 1), 1.0))
            done += len(PARAGRAPH)

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
