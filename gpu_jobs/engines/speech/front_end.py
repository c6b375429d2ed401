"""Text to Kokoro symbols: normalise, split into groups, look up pronunciations.

Numbers, dates, money and units are read by wetext, Chinese by misaki (jieba words, pypinyin
readings, IPA with tone arrows), Latin words by espeak-ng. A text in Latin letters without any
Chinese is read as English as a whole, numbers included. Other scripts and emoji are not spoken.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jieba
import wetext
from misaki import zh

from dh_core.errors import UnspeakableText
from gpu_jobs.engines.speech.alphabet import PAUSES, is_sound
from gpu_jobs.engines.speech.espeak import english_to_symbols

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

jieba.setLogLevel(logging.WARNING)  # it announces its dictionary on every start


@dataclass(frozen=True, slots=True)
class Group:
    """Symbols to speak in one go (each in the vocabulary) and the pause after them, in seconds."""

    symbols: str
    pause: float


def to_groups(text: str, vocabulary: Container[str]) -> list[Group]:
    """Turn a text into groups of at most GROUP_SYMBOLS symbols; raises UnspeakableText."""
    sentences = [_fit(sentence, vocabulary) for sentence in _sentences(text)]
    groups = _join_short([group for sentence in sentences for group in sentence])
    if not groups:
        raise UnspeakableText
    return groups


def sentences(text: str) -> list[str]:
    """The text as it is read out: normalised sentences, numbers in words where it is Chinese."""
    return list(_sentences(text))


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
    symbols = _speakable(sentence, vocabulary)
    if len(symbols) <= GROUP_SYMBOLS:
        return [Group(symbols, SENTENCE_PAUSE)] if _has_sound(symbols) else []
    pieces: list[str] = []
    for clause in _CLAUSE.findall(sentence):
        for piece in _cut(_speakable(clause, vocabulary)):
            if pieces and len(pieces[-1]) + len(piece) < GROUP_SYMBOLS:
                pieces[-1] = f"{pieces[-1]} {piece}"
            else:
                pieces.append(piece)
    pieces = [piece for piece in pieces if _has_sound(piece)]
    pauses = [CLAUSE_PAUSE] * (len(pieces) - 1) + [SENTENCE_PAUSE]
    return [Group(*pair) for pair in zip(pieces, pauses, strict=False)]


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
            first = joined[-1].symbols
            stop = "" if first[-1] in PAUSES else "."
            joined[-1] = Group(f"{first}{stop} {group.symbols}", group.pause)
        else:
            joined.append(group)
    return joined


def _speakable(text: str, vocabulary: Container[str]) -> str:
    """Symbols of a piece of text, without those that the model does not know."""
    symbols = " ".join(filter(None, (_pronounce(run).strip() for run in _LATIN_RUN.split(text))))
    known = "".join(symbol for symbol in symbols if symbol in vocabulary)
    return re.sub(r" +([,.!?;:…])", r"\1", re.sub(r" {2,}", " ", known)).strip()


def _pronounce(run: str) -> str:
    if _LATIN_RUN.fullmatch(run):
        return english_to_symbols(run)
    if _HAN.search(run):
        return str(zh.ZHG2P.legacy_call(zh.ZHG2P.map_punctuation(run)))
    if any(character.isdigit() for character in run):
        return english_to_symbols(run)
    return str(zh.ZHG2P.map_punctuation(run))


def _has_sound(symbols: str) -> bool:
    return any(is_sound(symbol) for symbol in symbols)


@cache
def _normaliser() -> Any:
    return wetext.Normalizer(lang="zh", operator="tn", traditional_to_simple=True)
