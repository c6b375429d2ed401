"""Rules that rewrite what a normaliser reads wrongly, each with the line that proves it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_ROMAN = {"I": 1, "V": 5, "X": 10}

Said = str | Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Rule:
    """`said` takes the place of `pattern`, in sentences that hold `where`.

    With this rule `written` is read as `spoken`, without it otherwise: a test holds that, so that
    a rule goes when the normaliser no longer needs it.
    """

    pattern: re.Pattern[str]
    said: Said
    written: str
    spoken: str
    where: re.Pattern[str] | None = None


def rule(pattern: str, said: Said, written: str, spoken: str, where: str = "") -> Rule:
    """A rule from the text of its patterns."""
    return Rule(re.compile(pattern), said, written, spoken, re.compile(where) if where else None)


def rewritten(text: str, rules: Iterable[Rule]) -> str:
    """`text` after each rule, in order."""
    for each in rules:
        if each.where is None or each.where.search(text):
            text = each.pattern.sub(each.said, text)
    return text


def roman(numeral: str) -> int:
    """XIV → 14."""
    values = [_ROMAN[letter] for letter in numeral]
    return sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))
