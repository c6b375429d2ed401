"""Chinese characters to syllables: words by jieba, readings by pypinyin and `polyphones`.

`readings.tsv` has words that all of these get wrong, `neutral.txt` words with a light second
syllable. Each names its sources.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jieba
import pypinyin
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from dh_text.mandarin import model, sandhi
from dh_text.mandarin.lexicon import tone3
from dh_text.mandarin.polyphones import Phrase, Polyphones
from dh_text.mandarin.sandhi import Word
from dh_text.mandarin.tagging import Tagger

CONTEXT = 12
"""Characters before and after a run of Chinese that its readings may hang on."""

HAN_RUN = "[\u3400-\u9fff]+"

_FOLDER = Path(__file__).parent
_PARTICLES = frozenset("们呢吗嘛啊呀啦哦喔哟呗哇")

_FREQUENT = 100_000
"""Weight of our own words in jieba's dictionary: enough to be kept whole."""

_LOADING = threading.RLock()
"""Texts that come together load the dictionaries once: `cache` alone lets each of them do it."""

jieba.setLogLevel(logging.WARNING)  # it announces its dictionary on every start


class Run(NamedTuple):
    """Chinese characters without anything between, and the rest of their sentence on both sides.

    Readings may hang on that.
    """

    text: str
    before: str = ""
    after: str = ""


def read_phrase(text: str, before: str = "", after: str = "") -> list[Word]:
    """Words of a run of Chinese characters with the readings that are spoken, sandhi applied."""
    (words,) = dictionary_readings([Run(text, before, after)])
    sandhi.apply(words)
    return words


def prepare() -> None:
    """Load the dictionaries (0.8 s), which the first text would otherwise wait for."""
    _polyphones()


def dictionary_readings(runs: Sequence[Run]) -> list[list[Word]]:
    """The words of each run, as they are read one by one (`ni3 hao3`)."""
    result = citation(runs)
    for words in result:
        for word in words:
            _lighten(word, _tables().neutral)
    return result


def citation(runs: Sequence[Run]) -> list[list[Word]]:
    """The same without the neutral tones that only words as a whole have (知识 as zhi1 shi2)."""
    own = _tables().own
    phrases = [
        Phrase.of(segmented(run.text), run.before[-CONTEXT:], run.after[:CONTEXT]) for run in runs
    ]
    looked_up = cache(_looked_up)  # most words come again
    for phrase in phrases:
        for word in phrase.words:
            word.readings = list(looked_up(word.text))
    _polyphones().decide(phrases)
    for phrase in phrases:
        for word in phrase.words:
            word.readings = list(own.get(word.text, word.readings))
    return [list(phrase.words) for phrase in phrases]


def segmented(text: str) -> list[Word]:
    """Words with their tags, not read yet."""
    return [Word(pair.word, pair.flag, []) for pair in _tables().tagger.cut(text)]


def _looked_up(word: str) -> list[str]:
    """What pypinyin says: its character or phrase, else what it makes of the parts."""
    alone = PINYIN_DICT.get(ord(word), "") if len(word) == 1 else ""
    if alone:
        return [tone3(alone.partition(",")[0])]
    phrase = PHRASES_DICT.get(word, ())
    if len(phrase) == len(word):
        return [tone3(readings[0]) for readings in phrase]
    style = pypinyin.Style.TONE3
    return pypinyin.lazy_pinyin(word, style=style, neutral_tone_with_five=True)


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


def _polyphones() -> Polyphones:
    with _LOADING:
        return _load_polyphones()


@cache
def _load_polyphones() -> Polyphones:
    return model.load(frequencies())


def _tables() -> _Tables:
    with _LOADING:
        return _load_tables()


@cache
def _load_tables() -> _Tables:
    """Read the data files once; our words enter a dictionary that is not shared with others."""
    own = {word: tuple(reading.split()) for word, reading in _rows("readings.tsv")}
    tokenizer = jieba.Tokenizer()
    for word in own:
        if len(word) > 1:
            tokenizer.add_word(word, _FREQUENT)
    tokenizer.initialize()
    neutral = frozenset(word for line in _rows("neutral.txt") for word in line[0].split())
    return _Tables(Tagger(tokenizer), own, neutral)


def _rows(name: str) -> Iterator[list[str]]:
    """Tab-separated fields of a data file; `#` starts a comment line."""
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")
