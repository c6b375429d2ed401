"""Written forms as people say them, in Chinese: numbers, dates, money, codes, signs.

wetext's grammar reads most of them. What it gets wrong is rewritten first, by rules that each carry
the line which proves that they are needed.
"""

from __future__ import annotations

import re

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
_FIGURE = re.compile(r"[^\u3400-\u9fffA-Za-z\s，。！？；：、“”‘’（）《》…—]|[IVX][\u4e00-\u9fff]")


def spoken(sentence: str) -> str:
    """A Chinese sentence with all its figures in words."""
    if _FIGURE.search(sentence):
        sentence = rewritten(sentence, RULES)
    digits = [at for at, character in enumerate(sentence) if character.isdigit()]
    if not digits:
        return normalised(sentence)
    begin = _cut(sentence, digits[0] - _CONTEXT, -1)
    end = _cut(sentence, digits[-1] + 1 + _CONTEXT, 1)
    parts = (sentence[:begin], sentence[begin:end], sentence[end:])
    return "".join(normalised(part) for part in parts if part)


def _cut(sentence: str, at: int, step: int) -> int:
    """The next place from `at` on that is between two Chinese characters, else the sentence's end.

    wetext takes its time for every character, so it gets those around figures.
    """
    while 0 < at < len(sentence) and not _INSIDE.match(sentence, at - 1):
        at += step
    return min(max(at, 0), len(sentence))
