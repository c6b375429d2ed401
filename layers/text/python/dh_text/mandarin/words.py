"""Chinese characters to syllables: words by jieba, readings by pypinyin and `polyphones`.

`readings.tsv` has words that all of these get wrong, `neutral.txt` words with a light second
syllable. Each names its sources.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jieba
import jieba.posseg
import pypinyin

from dh_text.mandarin import model, sandhi
from dh_text.mandarin.polyphones import Phrase, Polyphones
from dh_text.mandarin.sandhi import Word

CONTEXT = 12
"""Characters before and after a run of Chinese that its readings may hang on."""

HAN_RUN = "[\u3400-\u9fff]+"

_FOLDER = Path(__file__).parent
_PARTICLES = frozenset("们呢吗嘛啊呀啦哦喔哟呗哇")

_FREQUENT = 100_000
"""Weight of our own words in jieba's dictionary: enough to be kept whole."""

jieba.setLogLevel(logging.WARNING)  # it announces its dictionary on every start


def read_phrase(text: str, before: str = "", after: str = "") -> list[Word]:
    """Words of a run of Chinese characters with the readings that are spoken, sandhi applied.

    `before`, `after`: the rest of its sentence, which the readings may hang on.
    """
    words = dictionary_readings(text, before, after)
    sandhi.apply(words)
    return words


def prepare() -> None:
    """Load the dictionaries (0.8 s), which the first text would otherwise wait for."""
    _polyphones()


def dictionary_readings(text: str, before: str = "", after: str = "") -> list[Word]:
    """Words of a run of Chinese characters, as they are read one by one (`ni3 hao3`)."""
    words = citation(text, before, after)
    for word in words:
        _lighten(word, _tables().neutral)
    return words


def citation(text: str, before: str = "", after: str = "") -> list[Word]:
    """The same without the neutral tones that only words as a whole have (知识 as zhi1 shi2)."""
    tables = _tables()
    words = segmented(text)
    for word in words:
        word.readings = pypinyin.lazy_pinyin(
            word.text, style=pypinyin.Style.TONE3, neutral_tone_with_five=True
        )
    _polyphones().decide(Phrase.of(words, before[-CONTEXT:], after[:CONTEXT]))
    for word in words:
        word.readings = list(tables.own.get(word.text, word.readings))
    return words


def segmented(text: str) -> list[Word]:
    """Words with their tags, not read yet."""
    return [Word(pair.word, pair.flag, []) for pair in _tables().tagger.cut(text)]


def frequencies() -> dict[str, int]:
    """jieba's dictionary: its words, and parts of words with 0."""
    counts: dict[str, int] = _tables().tagger.tokenizer.FREQ
    return counts


def _lighten(word: Word, neutral: Container[str]) -> None:
    """Neutral tone of particles and of second syllables."""
    if word.text in _PARTICLES:
        word.readings[0] = word.readings[0][:-1] + "5"
    if word.text in neutral:
        word.readings[-1] = word.readings[-1][:-1] + "5"


@dataclass(frozen=True, slots=True)
class _Tables:
    tagger: Any
    own: dict[str, tuple[str, ...]]
    neutral: frozenset[str]


@cache
def _polyphones() -> Polyphones:
    return model.load(frequencies())


@cache
def _tables() -> _Tables:
    """Read the data files once; our words enter a dictionary that is not shared with others."""
    own = {word: tuple(reading.split()) for word, reading in _rows("readings.tsv")}
    tokenizer = jieba.Tokenizer()
    for word in own:
        if len(word) > 1:
            tokenizer.add_word(word, _FREQUENT)
    tokenizer.initialize()
    neutral = frozenset(word for line in _rows("neutral.txt") for word in line[0].split())
    return _Tables(jieba.posseg.POSTokenizer(tokenizer), own, neutral)


def _rows(name: str) -> Iterator[list[str]]:
    """Tab-separated fields of a data file; `#` starts a comment line."""
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")
