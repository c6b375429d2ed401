"""Digits as Chinese words."""

from __future__ import annotations

import re

_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_CALLED = str.maketrans({**_DIGITS, "1": "幺"})
_ONE_BY_ONE = str.maketrans({**_DIGITS, ".": "点"})
_PLACES = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿")


def called(code: str) -> str:
    """A code as on the telephone, with 幺 for 1; letters stay, what only divides it goes."""
    return re.sub(r"[-\s()（）.]", "", code).translate(_CALLED)


def one_by_one(digits: str) -> str:
    """The digits of a year, a date's name or a version, with 一 for 1 and 点 for a point."""
    return digits.translate(_ONE_BY_ONE)


def counted(number: str) -> str:
    """A number below 10^16 as a quantity: 120 → 一百二十, 10.5 → 十点五."""
    whole, _, decimals = number.partition(".")
    groups = [whole[max(end - 4, 0) : end] for end in range(len(whole), 0, -4)]
    words = ""
    for place, group in enumerate(groups):
        if int(group):
            gap = "零" if words and int(groups[place - 1]) < 1000 else ""
            words = _thousands(group) + _GROUPS[place] + gap * (not words.startswith("零")) + words
    words = re.sub("^一十", "十", words) or "零"
    return words + (f"点{one_by_one(decimals)}" if decimals else "")


def _thousands(group: str) -> str:
    words = "".join(
        _DIGITS[digit] + (_PLACES[len(group) - at - 1] if digit != "0" else "")
        for at, digit in enumerate(group)
    )
    return re.sub("零+", "零", words).strip("零")
