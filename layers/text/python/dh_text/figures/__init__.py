"""Written forms as people say them, in Chinese: numbers, dates, money, codes, signs.

wetext's grammar reads most of them. What it gets wrong is rewritten first, by rules that each carry
the line which proves that they are needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dh_text.figures import dates, identifiers, names, quantities, relations, signs
from dh_text.figures.grammar import normalised, prepare
from dh_text.rules import rewritten

__all__ = ["RULES", "normalised", "prepare", "spoken"]

RULES = (
    *signs.BEFORE,
    *quantities.MONEY,
    *identifiers.RULES,
    *names.RULES,
    *dates.RULES,
    *quantities.RULES,
    *relations.RULES,
    *signs.AFTER,
)
"""In order: what is written in words by one is safe from the next."""

_CONTEXT = 8
_INSIDE = re.compile(r"[\u3400-\u9fff]{2}")
_DIGITS = re.compile(r"\d+")
_FIGURE = re.compile(r"[^\u3400-\u9fffA-Za-z\s，。！？；：、“”‘’（）《》…—]|[IVX][\u4e00-\u9fff]")


def spoken(sentence: str) -> str:
    """A Chinese sentence with all its figures in words."""
    if _FIGURE.search(sentence):
        sentence = rewritten(sentence, RULES)
    read, done = "", 0
    for begin, end in _windows(sentence):
        read += normalised(sentence[done:begin]) + normalised(sentence[begin:end])
        done = end
    return read + normalised(sentence[done:])


def _windows(sentence: str) -> Iterator[tuple[int, int]]:
    """The stretches around figures: wetext takes its time for every character, so it gets those."""
    begin = end = 0
    for found in _DIGITS.finditer(sentence):
        start = max(_cut(sentence, found.start() - _CONTEXT, -1), 0)
        if start > end:
            if end:
                yield begin, end
            begin = start
        end = _cut(sentence, found.end() + _CONTEXT, 1)
    if end:
        yield begin, end


def _cut(sentence: str, at: int, step: int) -> int:
    """The next place from `at` on that is inside Chinese characters, else the sentence's end."""
    while 0 < at < len(sentence) and not _INSIDE.match(sentence, at - 1):
        at += step
    return min(max(at, 0), len(sentence))
