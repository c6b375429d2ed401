"""Text to Kokoro symbols: clean, normalise, split into breath groups, look up pronunciations.

Numbers, dates, money and units are read by wetext, Chinese by `text.mandarin`, Latin words by
espeak-ng. A text in Latin letters without any Chinese is read as English as a whole, numbers
included. The model speaks a group at a time; how long it rests at which mark says `pauses`. A text
is read as it is spoken: the first group of a long one is there at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Self

import wetext
from misaki import zh

from dh_core.errors import UnspeakableText
from gpu_jobs.engines.speech.phonemes.alphabet import PAUSES
from gpu_jobs.engines.speech.phonemes.pauses import CLAUSE_PAUSE, PARAGRAPH_PAUSE, rest_after
from gpu_jobs.engines.speech.phonemes.readings import (
    chinese_pieces,
    english_pieces,
    syllable_pieces,
)
from gpu_jobs.engines.speech.phonemes.spoken import (
    GAP,
    Piece,
    Pieces,
    cut,
    length_of,
    symbols_of,
    tidied,
)
from gpu_jobs.engines.speech.text import english, mandarin
from gpu_jobs.engines.speech.text.cleaning import PARAGRAPH, clean
from gpu_jobs.engines.speech.text.figures import regular
from gpu_jobs.engines.speech.text.hints import MARKS, Hints

GROUP_SYMBOLS = 240
"""Longest group spoken at once. The model takes 510 symbols, but hurries and costs memory there."""

FIRST_GROUP_SYMBOLS = 120
"""The first group is shorter, so that progress shows within seconds."""

SHORT_GROUP = 60
"""Sentences are joined up to this length: the model speaks very short inputs badly."""

_SHORT_LINE = 25
"""Only lines shorter than this are spoken together with the next paragraph."""

_NO_HINTS: Mapping[str, str] = MappingProxyType({})

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = r"[A-Za-z\u00c0-\u024f]"
_LATIN_RUN = re.compile(rf"({_LATIN}(?:(?:{_LATIN}|['’.& -])*{_LATIN})?)")
_PHRASE = re.compile(rf"[\u3400-\u9fff]+|[{MARKS}]|[^\u3400-\u9fff{MARKS}]+")
_SENTENCE = re.compile(r"[^。！？!?；;…]*(?:[。！？!?；;…]+[”’」』\")）]*|$)")
_ENGLISH_SENTENCE = re.compile(r".+?(?:[.!?;]+[”’\")]*(?=\s|$)|$)")
_CLAUSE = re.compile(r"[^，,、：:—]*(?:[，,、：:—]+|$)")


@dataclass(frozen=True, slots=True)
class Group:
    """Symbols to speak in one go (each in the vocabulary) and the rest after them, in seconds.

    `pieces` are the same symbols with the text that they speak; `read` is the fraction of the text
    that has been spoken after this group.
    """

    symbols: str
    pause: float
    pieces: Pieces = ()
    read: float = field(default=1.0, compare=False)

    @classmethod
    def of(cls, pieces: Pieces, pause: float) -> Self:
        return cls(symbols_of(pieces), pause, pieces)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A normalised sentence with its final punctuation.

    `paragraph` counts from 0; `read` is the fraction of the text up to its end.
    """

    text: str
    paragraph: int
    read: float


def prepare() -> None:
    """Load the dictionaries (0.8 s), which the first text would otherwise wait for."""
    mandarin.read_phrase("好")
    _normaliser()


def check(text: str, vocabulary: Container[str], pronounce: Mapping[str, str] = _NO_HINTS) -> None:
    """Refuse a text that cannot be spoken, without reading more of it than that takes.

    Raises UnspeakableText, UnsupportedLanguage.
    """
    next(read_groups(text, vocabulary, pronounce))
    for run in _LATIN_RUN.findall(Hints(pronounce).mark(clean(text))):
        english.symbols_of(run)  # raises where espeak-ng is missing


def to_groups(
    text: str, vocabulary: Container[str], pronounce: Mapping[str, str] = _NO_HINTS
) -> list[Group]:
    """All of `read_groups` at once."""
    return list(read_groups(text, vocabulary, pronounce))


def read_groups(
    text: str, vocabulary: Container[str], pronounce: Mapping[str, str] = _NO_HINTS
) -> Iterator[Group]:
    """Turn a text into groups of at most GROUP_SYMBOLS symbols, one after the other.

    `pronounce` as in `dh_core.specs.pronunciation`. Raises UnspeakableText and
    UnsupportedLanguage, both before the first group.
    """
    reader = Reader(vocabulary, Hints(pronounce))
    groups = _merged(_groups(reader, text), _is_short_line)
    first = next(groups, None)
    if first is None:
        raise UnspeakableText
    yield first
    yield from groups


def _groups(reader: Reader, text: str) -> Iterator[Group]:
    """Groups of all paragraphs; only the last one of a paragraph rests for PARAGRAPH_PAUSE."""
    limit, done = FIRST_GROUP_SYMBOLS, 0.0

    def fitted(sentences: Iterable[Sentence]) -> Iterator[Group]:
        nonlocal limit, done
        for sentence in sentences:
            parts = reader.fit(sentence.text, limit)
            limit = GROUP_SYMBOLS if parts else limit
            each = (sentence.read - done) / max(sum(len(part.symbols) for part in parts), 1)
            for part in parts:
                done += each * len(part.symbols)
                yield replace(part, read=done)
            done = sentence.read

    for _, paragraph in groupby(reader.sentences(text), attrgetter("paragraph")):
        before = None
        for group in _merged(fitted(paragraph), _is_short):
            if before is not None:
                yield before
            before = group
        if before is not None:
            yield replace(before, pause=PARAGRAPH_PAUSE)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the text of one request."""

    vocabulary: Container[str]
    hints: Hints

    def sentences(self, text: str) -> Iterator[Sentence]:
        """The text sentence by sentence, each normalised when it is asked for.

        Numbers are in words where the text is Chinese; hinted words are marks of `hints`. Raises
        UnsupportedLanguage before the first.
        """
        plain = self.hints.mark(clean(text))
        is_chinese = bool(_HAN.search(plain)) or not re.search(_LATIN, plain)
        pattern = _SENTENCE if is_chinese else _ENGLISH_SENTENCE
        done = 0
        for paragraph, line in enumerate(plain.split(PARAGRAPH)):
            regular_line = regular(line) if is_chinese else line
            stretch = len(line) / max(len(regular_line), 1)
            start = done
            done += len(line) + len(PARAGRAPH)
            for found in pattern.finditer(regular_line):
                read = _normaliser().normalize(found[0]) if is_chinese else found[0]
                so_far = min((start + stretch * found.end()) / max(len(plain), 1), 1.0)
                for part in filter(str.strip, pattern.findall(read)):
                    yield Sentence(part, paragraph, so_far)

    def fit(self, sentence: str, limit: int) -> list[Group]:
        """A sentence as groups that fit: whole, else by clauses, else cut at the length limit."""
        whole = self.speakable(sentence)
        rest = rest_after(symbols_of(whole))
        if length_of(whole) <= limit:
            return [Group.of(whole, rest)] if _has_sound(whole) else []
        parts: list[Pieces] = []
        clauses = list(filter(None, _CLAUSE.findall(sentence)))
        for clause in clauses:
            # To read is what takes the time: not a second time what has no marks to divide it at.
            pieces = whole if len(clauses) == 1 else self.speakable(clause)
            for part in cut(pieces, GROUP_SYMBOLS):
                room = limit if len(parts) == 1 else GROUP_SYMBOLS
                if parts and length_of(parts[-1]) + length_of(part) < room:
                    parts[-1] = (*parts[-1], GAP, *part)
                else:
                    parts.append(part)
        parts = [part for part in parts if _has_sound(part)]
        rests = [CLAUSE_PAUSE] * (len(parts) - 1) + [rest]
        return [Group.of(*pair) for pair in zip(parts, rests, strict=False)]

    def speakable(self, text: str) -> Pieces:
        """Symbols of a piece of text, without those that the model does not know."""
        runs = (self._pronounce(run.strip()) for run in _LATIN_RUN.split(text) if run.strip())
        return tidied([piece for run in runs for piece in (*run, GAP)], self.vocabulary)

    def _pronounce(self, run: str) -> list[Piece]:
        if _LATIN_RUN.fullmatch(run):
            return english_pieces(run)
        phrases = map(self._pronounce_phrase, _PHRASE.findall(run))
        return [piece for phrase in phrases for piece in (*phrase, GAP)]

    def _pronounce_phrase(self, phrase: str) -> list[Piece]:
        if _HAN.match(phrase):
            return chinese_pieces(phrase)
        if re.match(f"[{MARKS}]", phrase):
            return syllable_pieces(self.hints.word(phrase), self.hints.reading(phrase))
        if any(character.isdigit() for character in phrase):
            return english_pieces(phrase)
        mark = str(zh.ZHG2P.map_punctuation(phrase))
        return [Piece(mark, text=mark)]


def _merged(groups: Iterable[Group], joins: Callable[[Group, Group], bool]) -> Iterator[Group]:
    """The same groups, neighbours that `joins` as one."""
    before = None
    for group in groups:
        if before is not None and joins(before, group):
            before = _together(before, group)
            continue
        if before is not None:
            yield before
        before = group
    if before is not None:
        yield before


def _is_short(group: Group, following: Group) -> bool:
    """Very short sentences are spoken together with the next one."""
    return len(group.symbols) + len(following.symbols) < SHORT_GROUP


def _is_short_line(group: Group, following: Group) -> bool:
    """A line too short to be spoken alone joins the next paragraph."""
    return (
        group.pause == PARAGRAPH_PAUSE
        and len(group.symbols) < _SHORT_LINE
        and len(group.symbols) + len(following.symbols) < GROUP_SYMBOLS
    )


def _together(first: Group, second: Group) -> Group:
    stop = () if first.symbols[-1] in PAUSES else (Piece("."),)
    pieces = (*first.pieces, *stop, GAP, *second.pieces)
    return replace(second, symbols=symbols_of(pieces), pieces=pieces)


def _has_sound(pieces: Pieces) -> bool:
    return any(piece.sounds for piece in pieces)


@cache
def _normaliser() -> Any:
    return wetext.Normalizer(lang="zh", operator="tn", traditional_to_simple=True)
