"""Text to Kokoro symbols: normalise, split into groups, look up pronunciations.

Numbers, dates, money and units are read by wetext, Chinese by misaki (jieba words, pypinyin
readings, IPA with tone arrows), Latin words by espeak-ng. A text in Latin letters without any
Chinese is read as English as a whole, numbers included. Other scripts and emoji are not spoken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import wetext
from misaki import zh

from dh_core.errors import UnspeakableText
from gpu_jobs.engines.speech.alphabet import PAUSES
from gpu_jobs.engines.speech.readings import chinese_pieces, english_pieces
from gpu_jobs.engines.speech.spoken import GAP, Piece, Pieces, cut, length_of, symbols_of, tidied

GROUP_SYMBOLS = 240
"""Longest group spoken at once. The model takes 510 symbols, but hurries and costs memory there."""

SHORT_GROUP = 60
"""Sentences are joined up to this length: the model speaks very short inputs badly."""

SENTENCE_PAUSE = 0.30
CLAUSE_PAUSE = 0.12
"""Seconds of silence between groups that end at a sentence, or inside one."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = r"[A-Za-z\u00c0-\u024f]"
_LATIN_RUN = re.compile(rf"({_LATIN}(?:(?:{_LATIN}|['’.& -])*{_LATIN})?)")
_SENTENCE = re.compile(r"[^。！？!?；;…]*(?:[。！？!?；;…]+[”’」』\")）]*|$)")
_ENGLISH_SENTENCE = re.compile(r".+?(?:[.!?;]+(?=\s|$)|$)")
_CLAUSE = re.compile(r"[^，,、：:—]*(?:[，,、：:—]+|$)")
_LATIN_TO_NUMBER = re.compile(r"(?<=[A-Za-z])[-_](?=\d)")
_FULL_WIDTH = re.compile(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")
_READ_ALIKE = str.maketrans(
    {"〇": "零", "「": "“", "」": "”", "『": "“", "』": "”", "\u3000": " ", "～": "，", "·": " "}
)


@dataclass(frozen=True, slots=True)
class Group:
    """Symbols to speak in one go (each in the vocabulary) and the pause after them, in seconds.

    `pieces` are the same symbols with the text that they speak.
    """

    symbols: str
    pause: float
    pieces: Pieces = ()

    @classmethod
    def of(cls, pieces: Pieces, pause: float) -> Self:
        return cls(symbols_of(pieces), pause, pieces)


def to_groups(text: str, vocabulary: Container[str]) -> list[Group]:
    """Turn a text into groups of at most GROUP_SYMBOLS symbols; raises UnspeakableText."""
    sentences = [_fit(sentence, vocabulary) for sentence in _sentences(text)]
    groups = _join_short([group for sentence in sentences for group in sentence])
    if not groups:
        raise UnspeakableText
    return groups


def _sentences(text: str) -> Iterator[str]:
    """Normalised sentences with their final punctuation."""
    half_width = _FULL_WIDTH.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    plain = half_width.translate(_READ_ALIKE)
    is_chinese = bool(_HAN.search(plain)) or not re.search(_LATIN, plain)
    pattern = _SENTENCE if is_chinese else _ENGLISH_SENTENCE
    for line in plain.splitlines():  # before normalising, which drops line ends
        read = _normaliser().normalize(_LATIN_TO_NUMBER.sub(" ", line)) if is_chinese else line
        yield from (part for part in pattern.findall(read) if part.strip())


def _fit(sentence: str, vocabulary: Container[str]) -> list[Group]:
    """A sentence as groups that fit: whole, else by clauses, else cut at the length limit."""
    whole = _speakable(sentence, vocabulary)
    if length_of(whole) <= GROUP_SYMBOLS:
        return [Group.of(whole, SENTENCE_PAUSE)] if _has_sound(whole) else []
    parts: list[Pieces] = []
    for clause in _CLAUSE.findall(sentence):
        for part in cut(_speakable(clause, vocabulary), GROUP_SYMBOLS):
            if parts and length_of(parts[-1]) + length_of(part) < GROUP_SYMBOLS:
                parts[-1] = (*parts[-1], GAP, *part)
            else:
                parts.append(part)
    parts = [part for part in parts if _has_sound(part)]
    pauses = [CLAUSE_PAUSE] * (len(parts) - 1) + [SENTENCE_PAUSE]
    return [Group.of(*pair) for pair in zip(parts, pauses, strict=False)]


def _join_short(groups: list[Group]) -> list[Group]:
    """Let a very short sentence be spoken together with the next one."""
    joined: list[Group] = []
    for group in groups:
        if joined and len(joined[-1].symbols) + len(group.symbols) < SHORT_GROUP:
            first = joined[-1]
            stop = () if first.symbols[-1] in PAUSES else (Piece("."),)
            joined[-1] = Group.of((*first.pieces, *stop, GAP, *group.pieces), group.pause)
        else:
            joined.append(group)
    return joined


def _speakable(text: str, vocabulary: Container[str]) -> Pieces:
    """Symbols of a piece of text, without those that the model does not know."""
    runs = (_pronounce(run.strip()) for run in _LATIN_RUN.split(text) if run.strip())
    return tidied([piece for run in runs for piece in (*run, GAP)], vocabulary)


def _pronounce(run: str) -> list[Piece]:
    if _LATIN_RUN.fullmatch(run):
        return english_pieces(run)
    if _HAN.search(run):
        return chinese_pieces(zh.ZHG2P.map_punctuation(run))
    if any(character.isdigit() for character in run):
        return english_pieces(run)
    mark = str(zh.ZHG2P.map_punctuation(run))
    return [Piece(mark, text=mark)]


def _has_sound(pieces: Pieces) -> bool:
    return any(piece.sounds for piece in pieces)


@cache
def _normaliser() -> Any:
    return wetext.Normalizer(lang="zh", operator="tn", traditional_to_simple=True)
