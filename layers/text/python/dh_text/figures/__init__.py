"""Written forms as people say them, in Chinese: numbers, dates, money, codes, signs.

wetext's grammar reads most of them. What it gets wrong is rewritten first, by rules that each carry
the line which proves that they are needed.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import wetext

from dh_text.figures import dates, identifiers, names, quantities, relations, signs
from dh_text.rules import rewritten

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

_FIGURE = re.compile(r"[^\u3400-\u9fffA-Za-z\s，。！？；：、“”‘’（）《》…—]|[IVX][\u4e00-\u9fff]")


def spoken(sentence: str) -> str:
    """A Chinese sentence with all its figures in words."""
    if _FIGURE.search(sentence):
        sentence = rewritten(sentence, RULES)
    return normalised(sentence)


def normalised(regular: str) -> str:
    """What wetext alone makes of a sentence."""
    read = str(_normaliser().normalize(regular))
    return read.replace('\\"', '"').replace("\\\\", "\\")  # it escapes and does not unescape


def prepare() -> None:
    """Load the grammar, which the first text would otherwise wait for."""
    _normaliser().normalize("1")


@cache
def _normaliser() -> Any:
    return wetext.Normalizer(lang="zh", operator="tn", traditional_to_simple=True)
