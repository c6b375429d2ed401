"""English sentences with their numbers, dates, money and abbreviations in words.

wetext's English grammar reads most; what it reads wrongly is rewritten first, by rules that carry
their proof.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import wetext

from dh_text.english.rules import RULES
from dh_text.rules import rewritten

_FIGURE = re.compile(
    r"[\d$€£¥₹&@#%+=°]|\b[A-Z][a-z]{1,4}\.|\b(?:[a-z]\.){2}|, [A-Z]{2}\b"
    r"|\b(?:II|III|IV|VI{1,3}|IX)\b"
)


def spoken(sentence: str) -> str:
    """An English sentence, or a part of one, with all its figures in words."""
    if not _FIGURE.search(sentence):
        return sentence
    regular = rewritten(sentence, RULES)
    start = len(regular) - len(regular.lstrip())
    end = len(regular.rstrip())
    return regular[:start] + normalised(regular[start:end]) + regular[end:]


def normalised(text: str) -> str:
    """What wetext alone makes of a text.

    The grammar fails as a whole on what it does not know; then each word is read by itself.
    """
    try:
        read = str(_normaliser().normalize(text)) if text else ""
    except AssertionError:
        words = text.split(" ")
        return " ".join(map(normalised, words)) if len(words) > 1 else text
    return read.replace('\\"', '"').replace("\\\\", "\\")  # it escapes and does not unescape


@cache
def _normaliser() -> Any:
    """Loaded when the first English figure comes: most requests have none."""
    return wetext.Normalizer(lang="en", operator="tn")
