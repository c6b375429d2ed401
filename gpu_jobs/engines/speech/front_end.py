"""Text to Kokoro symbols: clean, normalise, split into breath groups, look up pronunciations.

Numbers, dates, money and units are read by wetext, Chinese by `text.mandarin`, Latin words by
espeak-ng. A text in Latin letters without any Chinese is read as English as a whole, numbers
included. The model speaks a group at a time; how long it rests at which mark says `pauses`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import wetext
from misaki import zh

from dh_core.errors import UnspeakableText
from gpu_jobs.engines.speech.alphabet import PAUSES, is_sound
from gpu_jobs.engines.speech.pauses import CLAUSE_PAUSE, PARAGRAPH_PAUSE, rest_after
from gpu_jobs.engines.speech.text import english, mandarin
from gpu_jobs.engines.speech.text.cleaning import PARAGRAPH, clean
from gpu_jobs.engines.speech.text.figures import regular
from gpu_jobs.engines.speech.text.hints import MARKS, Hints
from gpu_jobs.engines.speech.text.syllables import symbols_of_syllable

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
    """Symbols to speak in one go (each in the vocabulary) and the rest after them, in seconds."""

    symbols: str
    pause: float


def to_groups(
    text: str, vocabulary: Container[str], pronounce: Mapping[str, str] = _NO_HINTS
) -> list[Group]:
    """Turn a text into groups of at most GROUP_SYMBOLS symbols.

    `pronounce` as in `dh_core.pronunciation`. Raises UnspeakableText, UnsupportedLanguage.
    """
    reader = _Reader(vocabulary, Hints(pronounce))
    groups: list[Group] = []
    for paragraph in reader.paragraphs(text):
        limit = GROUP_SYMBOLS if groups else FIRST_GROUP_SYMBOLS
        fitted: list[Group] = []
        for sentence in paragraph:
            fitted += reader.fit(sentence, GROUP_SYMBOLS if fitted else limit)
        joined = _join_short(fitted)
        if joined:
            joined[-1] = Group(joined[-1].symbols, PARAGRAPH_PAUSE)
            groups = _join_lines(groups, joined)
    if not groups:
        raise UnspeakableText
    return groups


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the text of one request."""

    vocabulary: Container[str]
    hints: Hints

    def paragraphs(self, text: str) -> Iterator[list[str]]:
        """Normalised sentences with their final punctuation, paragraph by paragraph."""
        plain = self.hints.mark(clean(text))
        is_chinese = bool(_HAN.search(plain)) or not re.search(_LATIN, plain)
        pattern = _SENTENCE if is_chinese else _ENGLISH_SENTENCE
        for line in plain.split(PARAGRAPH):
            read = _normaliser().normalize(regular(line)) if is_chinese else line
            yield [part for part in pattern.findall(read) if part.strip()]

    def fit(self, sentence: str, limit: int) -> list[Group]:
        """A sentence as groups that fit: whole, else by clauses, else cut at the length limit."""
        symbols = self.speakable(sentence)
        if len(symbols) <= limit:
            return [Group(symbols, rest_after(symbols))] if _has_sound(symbols) else []
        pieces: list[str] = []
        for clause in _CLAUSE.findall(sentence):
            for piece in _cut(self.speakable(clause)):
                room = limit if len(pieces) == 1 else GROUP_SYMBOLS
                if pieces and len(pieces[-1]) + len(piece) < room:
                    pieces[-1] = f"{pieces[-1]} {piece}"
                else:
                    pieces.append(piece)
        pieces = [piece for piece in pieces if _has_sound(piece)]
        rests = [CLAUSE_PAUSE] * (len(pieces) - 1) + [rest_after(symbols)]
        return [Group(*pair) for pair in zip(pieces, rests, strict=False)]

    def speakable(self, text: str) -> str:
        """Symbols of a piece of text, without those that the model does not know."""
        runs = (self._pronounce(run).strip() for run in _LATIN_RUN.split(text))
        symbols = " ".join(filter(None, runs))
        known = "".join(symbol for symbol in symbols if symbol in self.vocabulary)
        return re.sub(r" +([,.!?;:…])", r"\1", re.sub(r" {2,}", " ", known)).strip()

    def _pronounce(self, run: str) -> str:
        if _LATIN_RUN.fullmatch(run):
            return english.symbols_of(run)
        return " ".join(map(self._pronounce_phrase, _PHRASE.findall(run)))

    def _pronounce_phrase(self, phrase: str) -> str:
        if _HAN.match(phrase):
            return mandarin.symbols_of(phrase)
        if re.match(f"[{MARKS}]", phrase):
            return "".join(map(symbols_of_syllable, self.hints.reading(phrase)))
        if any(character.isdigit() for character in phrase):
            return english.symbols_of(phrase)
        return str(zh.ZHG2P.map_punctuation(phrase))


def _cut(symbols: str) -> list[str]:
    """Cut at word boundaries, or anywhere in a word that is longer than a group."""
    pieces = []
    while len(symbols) > GROUP_SYMBOLS:
        at = symbols.rfind(" ", 1, GROUP_SYMBOLS)
        at = GROUP_SYMBOLS if at < 0 else at
        pieces.append(symbols[:at].strip())
        symbols = symbols[at:].strip()
    return [*pieces, symbols] if symbols else pieces


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
    stop = "" if first.symbols[-1] in PAUSES else "."
    return Group(f"{first.symbols}{stop} {second.symbols}", second.pause)


def _has_sound(symbols: str) -> bool:
    return any(is_sound(symbol) for symbol in symbols)


@cache
def _normaliser() -> Any:
    return wetext.Normalizer(lang="zh", operator="tn", traditional_to_simple=True)
