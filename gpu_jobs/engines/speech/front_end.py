"""Text to Kokoro symbols: clean, normalise, split into breath groups, look up pronunciations.

Numbers, dates, money and units are read by wetext, Chinese by `text.mandarin`, Latin words by
espeak-ng. A text in Latin letters without any Chinese is read as English as a whole, numbers
included. The model speaks a group at a time; how long it rests at which mark says `pauses`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Self

import wetext
from misaki import zh

from dh_core.errors import UnspeakableText
from gpu_jobs.engines.speech.alphabet import PAUSES
from gpu_jobs.engines.speech.pauses import CLAUSE_PAUSE, PARAGRAPH_PAUSE, rest_after
from gpu_jobs.engines.speech.readings import chinese_pieces, english_pieces, syllable_pieces
from gpu_jobs.engines.speech.spoken import GAP, Piece, Pieces, cut, length_of, symbols_of, tidied
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

    `pieces` are the same symbols with the text that they speak.
    """

    symbols: str
    pause: float
    pieces: Pieces = ()

    @classmethod
    def of(cls, pieces: Pieces, pause: float) -> Self:
        return cls(symbols_of(pieces), pause, pieces)


def to_groups(
    text: str, vocabulary: Container[str], pronounce: Mapping[str, str] = _NO_HINTS
) -> list[Group]:
    """Turn a text into groups of at most GROUP_SYMBOLS symbols.

    `pronounce` as in `dh_core.pronunciation`. Raises UnspeakableText, UnsupportedLanguage.
    """
    reader = Reader(vocabulary, Hints(pronounce))
    groups: list[Group] = []
    for paragraph in reader.paragraphs(text):
        limit = GROUP_SYMBOLS if groups else FIRST_GROUP_SYMBOLS
        fitted: list[Group] = []
        for sentence in paragraph:
            fitted += reader.fit(sentence, GROUP_SYMBOLS if fitted else limit)
        joined = _join_short(fitted)
        if joined:
            joined[-1] = replace(joined[-1], pause=PARAGRAPH_PAUSE)
            groups = _join_lines(groups, joined)
    if not groups:
        raise UnspeakableText
    return groups


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the text of one request."""

    vocabulary: Container[str]
    hints: Hints

    def paragraphs(self, text: str) -> Iterator[list[str]]:
        """Normalised sentences with their final punctuation, paragraph by paragraph.

        Numbers are in words where the text is Chinese; hinted words are marks of `hints`.
        """
        plain = self.hints.mark(clean(text))
        is_chinese = bool(_HAN.search(plain)) or not re.search(_LATIN, plain)
        pattern = _SENTENCE if is_chinese else _ENGLISH_SENTENCE
        for line in plain.split(PARAGRAPH):
            read = _normaliser().normalize(regular(line)) if is_chinese else line
            yield [part for part in pattern.findall(read) if part.strip()]

    def fit(self, sentence: str, limit: int) -> list[Group]:
        """A sentence as groups that fit: whole, else by clauses, else cut at the length limit."""
        whole = self.speakable(sentence)
        rest = rest_after(symbols_of(whole))
        if length_of(whole) <= limit:
            return [Group.of(whole, rest)] if _has_sound(whole) else []
        parts: list[Pieces] = []
        for clause in _CLAUSE.findall(sentence):
            for part in cut(self.speakable(clause), GROUP_SYMBOLS):
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


def _join_short(groups: list[Group]) -> list[Group]:
    """Let a very short sentence be spoken together with the next one."""
    joined: list[Group] = []
    for group in groups:
        if joined and len(joined[-1].symbols) + len(group.symbols) < SHORT_GROUP:
            joined[-1] = _together(joined[-1], group)
        else:
            joined.append(group)
    return joined


def _join_lines(groups: list[Group], more: list[Group]) -> list[Group]:
    """Paragraphs one after the other; a line too short to be spoken alone joins the next."""
    if not groups or len(groups[-1].symbols) >= _SHORT_LINE:
        return groups + more
    if len(groups[-1].symbols) + len(more[0].symbols) >= GROUP_SYMBOLS:
        return groups + more
    return [*groups[:-1], _together(groups[-1], more[0]), *more[1:]]


def _together(first: Group, second: Group) -> Group:
    stop = () if first.symbols[-1] in PAUSES else (Piece("."),)
    return Group.of((*first.pieces, *stop, GAP, *second.pieces), second.pause)


def _has_sound(pieces: Pieces) -> bool:
    return any(piece.sounds for piece in pieces)


@cache
def _normaliser() -> Any:
    return wetext.Normalizer(lang="zh", operator="tn", traditional_to_simple=True)
