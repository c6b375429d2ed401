"""Chinese characters to syllables: words by jieba, readings by pypinyin, both corrected.

`readings.tsv` has words that the two get wrong, `contexts.tsv` characters whose reading their
neighbours decide, `neutral.txt` words with a light second syllable. Each names its sources.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jieba
import jieba.posseg
import pypinyin
from pypinyin.constants import PHRASES_DICT

from dh_text.mandarin import sandhi
from dh_text.mandarin.sandhi import Word

_FOLDER = Path(__file__).parent
_PARTICLES = frozenset("的了着过们吧呢吗嘛啊呀啦哦喔哟呗哇")
_CONTESTED = frozenset({"一行", "穿着"})
"""Words with two readings: their neighbours decide, as for single characters."""

_FREQUENT = 100_000
"""Weight of our own words in jieba's dictionary: enough to be kept whole."""

jieba.setLogLevel(logging.WARNING)  # it announces its dictionary on every start


@dataclass(frozen=True, slots=True)
class _Context:
    """`reading` for `character` where `before` and `after` match around it."""

    character: str
    reading: str
    before: re.Pattern[str]
    after: re.Pattern[str]


def read_phrase(text: str) -> list[Word]:
    """Words of a run of Chinese characters with the readings that are spoken, sandhi applied."""
    words = dictionary_readings(text)
    sandhi.apply(words)
    return words


def prepare() -> None:
    """Load the dictionaries (0.8 s), which the first text would otherwise wait for."""
    _tables()


def dictionary_readings(text: str) -> list[Word]:
    """Words of a run of Chinese characters, as they are read one by one (`ni3 hao3`)."""
    tables = _tables()
    words = []
    for pair in tables.tagger.cut(text):
        readings = tables.own.get(pair.word) or pypinyin.lazy_pinyin(
            pair.word, style=pypinyin.Style.TONE3, neutral_tone_with_five=True
        )
        words.append(Word(pair.word, pair.flag, list(readings)))
    _apply_contexts(text, words, tables)
    for word in words:
        _lighten(word, tables)
    return words


def _apply_contexts(text: str, words: list[Word], tables: _Tables) -> None:
    """Single characters whose reading hangs on what stands around them."""
    at = 0
    for index, word in enumerate(words):
        for offset, character in enumerate(word.text):
            whole = len(word.text) == 1
            if not whole and word.text not in _CONTESTED and _is_known(word.text, tables):
                continue
            before, after = text[: at + offset], text[at + offset + 1 :]
            for context in tables.contexts.get(character, ()):
                if context.before.search(before) and context.after.match(after):
                    word.readings[offset] = context.reading
                    break
            else:
                if whole and character in "得地":
                    word.readings[offset] = _structural(character, words, index)
                elif character == "得" and offset and offset + 1 == len(word.text):
                    word.readings[offset] = "de5"
        at += len(word.text)


def _is_known(word: str, tables: _Tables) -> bool:
    return word in tables.own or word in PHRASES_DICT


def _structural(character: str, words: list[Word], index: int) -> str:
    """得 and 地 between words: a particle after verb or adjective, else a word of their own."""
    previous = words[index - 1] if index else None
    following = words[index + 1] if index + 1 < len(words) else None
    if character == "得":
        if following is None or previous is None:
            return "de2" if previous is None else "de5"
        wanted = "vp" if previous.tag[0] == "n" else "vpdan"
        needs = previous.tag[0] in "rdtnm" and following.tag[0] in wanted
        return "dei3" if needs else "de5"
    if previous is None or following is None or previous.tag[0] in "rmq":
        return "di4"
    return "de5" if following.tag[0] in "vdpazilru" else "di4"


def _lighten(word: Word, tables: _Tables) -> None:
    """Neutral tone of particles and of second syllables."""
    if word.text in _PARTICLES and word.readings[0] not in ("liao3", "zhao2", "guo4"):
        word.readings[0] = word.readings[0][:-1] + "5"
    if word.text in tables.neutral:
        word.readings[-1] = word.readings[-1][:-1] + "5"


@dataclass(frozen=True, slots=True)
class _Tables:
    tagger: Any
    own: dict[str, tuple[str, ...]]
    contexts: dict[str, list[_Context]]
    neutral: frozenset[str]


@cache
def _tables() -> _Tables:
    """Read the data files once; our words enter a dictionary that is not shared with others."""
    own = {word: tuple(reading.split()) for word, reading in _rows("readings.tsv")}
    tokenizer = jieba.Tokenizer()
    for word in own:
        if len(word) > 1:
            tokenizer.add_word(word, _FREQUENT)
    contexts: dict[str, list[_Context]] = {}
    for character, reading, before, after in _rows("contexts.tsv"):
        context = _Context(
            character, reading, re.compile(f"(?:{before})$"), re.compile(f"(?:{after})")
        )
        contexts.setdefault(character, []).append(context)
    neutral = frozenset(word for line in _rows("neutral.txt") for word in line[0].split())
    return _Tables(jieba.posseg.POSTokenizer(tokenizer), own, contexts, neutral)


def _rows(name: str) -> Iterator[list[str]]:
    """Tab-separated fields of a data file; `#` starts a comment line."""
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")
