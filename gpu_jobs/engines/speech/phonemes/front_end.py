"""Text to Kokoro symbols: read, split into breath groups, look up how each word sounds.

`dh_text` says which words are spoken; Chinese is given in pinyin, Latin words are espeak-ng's. The
model speaks a group at a time; how long it rests at which mark says `pauses`. A text is read as it
is spoken: the first group of a long one is there at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from typing import Self

from dh_core.errors import UnspeakableText
from dh_text.hints import Hints
from dh_text.reader import LATIN_RUN, Reader, Sentence
from gpu_jobs.engines.speech.phonemes.alphabet import PAUSES
from gpu_jobs.engines.speech.phonemes.english.symbols import symbols_of as english_symbols_of
from gpu_jobs.engines.speech.phonemes.pauses import CLAUSE_PAUSE, PARAGRAPH_PAUSE, rest_after
from gpu_jobs.engines.speech.phonemes.readings import pieces_of
from gpu_jobs.engines.speech.phonemes.spoken import (
    GAP,
    Piece,
    Pieces,
    cut,
    length_of,
    symbols_of,
    tidied,
)

GROUP_SYMBOLS = 240
"""Longest group spoken at once. The model takes 510 symbols, but hurries and costs memory there."""

FIRST_GROUP_SYMBOLS = 120
"""The first group is shorter, so that progress shows within seconds."""

SHORT_GROUP = 60
"""Sentences are joined up to this length: the model speaks very short inputs badly."""

_SHORT_LINE = 25
"""Only lines shorter than this are spoken together with the next paragraph."""

NO_HINTS = Hints({})

_CLAUSE = re.compile(r"[^，,、：:—]*(?:[，,、：:—]+|$)")


@dataclass(frozen=True, slots=True)
class Group:
    """Symbols to speak in one go (each in the vocabulary) and the rest after them, in seconds.

    `pieces` are the same symbols with the text that they speak; `read` is the fraction of the text
    that has been spoken after this group. `text` is all that is said in it, with its punctuation.
    """

    symbols: str
    pause: float
    pieces: Pieces = ()
    read: float = field(default=1.0, compare=False)
    text: str = ""

    @classmethod
    def of(cls, pieces: Pieces, pause: float) -> Self:
        return cls(symbols_of(pieces), pause, pieces)


def check(text: str, vocabulary: Container[str], hints: Hints = NO_HINTS) -> None:
    """Refuse a text that cannot be spoken, without reading more of it than that takes.

    Raises UnspeakableText, UnsupportedLanguage.
    """
    next(read_groups(text, vocabulary, hints))
    for run in LATIN_RUN.findall(Reader(hints).plain(text)):
        english_symbols_of(run)  # raises where espeak-ng is missing


def to_groups(text: str, vocabulary: Container[str], hints: Hints = NO_HINTS) -> list[Group]:
    """All of `read_groups` at once."""
    return list(read_groups(text, vocabulary, hints))


def read_groups(text: str, vocabulary: Container[str], hints: Hints = NO_HINTS) -> Iterator[Group]:
    """Turn a text into groups of at most GROUP_SYMBOLS symbols, one after the other.

    `hints` are what its request asks for. Raises UnspeakableText and UnsupportedLanguage, both
    before the first group.
    """
    front_end = FrontEnd(vocabulary, Reader(hints))
    groups = _merged(_groups(front_end, text), _is_short_line)
    first = next(groups, None)
    if first is None:
        raise UnspeakableText
    yield first
    yield from groups


def _groups(front_end: FrontEnd, text: str) -> Iterator[Group]:
    """Groups of all paragraphs; only the last one of a paragraph rests for PARAGRAPH_PAUSE."""
    limit, done = FIRST_GROUP_SYMBOLS, 0.0

    def fitted(sentences: Iterable[Sentence]) -> Iterator[Group]:
        nonlocal limit, done
        for sentence in sentences:
            parts = front_end.fit(sentence.text, limit)
            limit = GROUP_SYMBOLS if parts else limit
            each = (sentence.read - done) / max(sum(len(part.symbols) for part in parts), 1)
            text = front_end.reader.hints.plain(sentence.text)
            for part in parts:
                done += each * len(part.symbols)
                yield replace(part, read=done, text=text)
                text = ""  # the first part has all of it
            done = sentence.read

    for _, paragraph in groupby(front_end.reader.sentences(text), attrgetter("paragraph")):
        before = None
        for group in _merged(fitted(paragraph), _is_short):
            if before is not None:
                yield before
            before = group
        if before is not None:
            yield replace(before, pause=PARAGRAPH_PAUSE, text=f"{before.text}\n")


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """Makes symbols of the text of one request."""

    vocabulary: Container[str]
    reader: Reader

    def fit(self, sentence: str, limit: int) -> list[Group]:
        """A sentence as groups that fit: whole, else by clauses, else cut at the length limit."""
        whole = self.speakable(sentence)
        rest = rest_after(symbols_of(whole))
        if length_of(whole) <= limit:
            return [Group.of(whole, rest)] if _has_sound(whole) else []
        parts: list[Pieces] = []
        clauses = list(filter(None, _CLAUSE.findall(sentence)))
        for clause in self.reader.hints.carried(clauses):
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
        words = map(pieces_of, self.reader.tokens(text))
        return tidied([piece for word in words for piece in (*word, GAP)], self.vocabulary)


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
    text = first.text + second.text
    return replace(second, symbols=symbols_of(pieces), pieces=pieces, text=text)


def _has_sound(pieces: Pieces) -> bool:
    return any(piece.sounds for piece in pieces)
