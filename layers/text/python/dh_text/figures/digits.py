"""Digits as Chinese words."""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = "零一二三四五六七八九"
_ONE_BY_ONE: Final = str.maketrans("0123456789.", f"{_DIGITS}点")
_CALLED: Final = str.maketrans("0123456789", _DIGITS.replace("一", "幺"))
_MAX_DIGITS: Final = 16
"""Longer numbers have no name; they are called digit by digit."""


def called(code: str) -> str:
    """A code as on the telephone, with 幺 for 1; letters stay, what only divides it goes."""
    return re.sub(r"[-\s()（）.]", "", code).translate(_CALLED)


def one_by_one(digits: str) -> str:
    """The digits of a year, a date's name or a version, with 一 for 1 and 点 for a point."""
    return digits.translate(_ONE_BY_ONE)


def counted(number: str) -> str:
    """A number as a quantity: 10205 → 一万零二百零五, 10.5 → 十点五."""
    whole, _, decimals = number.partition(".")
    said = re.sub("^一十", "十", _whole(whole))
    return said + (f"点{one_by_one(decimals)}" if decimals else "")


def _whole(digits: str) -> str:
    digits = digits.lstrip("0") or "0"
    if len(digits) > _MAX_DIGITS:
        return one_by_one(digits)
    if len(digits) <= 4:
        return _below_ten_thousand(digits)
    power, unit = (8, "亿") if len(digits) > 8 else (4, "万")
    high, low = digits[:-power], digits[-power:]
    rest = _whole(low) if low.strip("0") else ""
    gap = "零" if rest and low[0] == "0" else ""
    return ("两" if high == "2" else _whole(high)) + unit + gap + rest


def _below_ten_thousand(digits: str) -> str:
    words, skipped = "", False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            skipped = bool(words)
            continue
        named = "两" if digit == "2" and place == 3 else _DIGITS[int(digit)]
        words += ("零" if skipped else "") + named + ("", "十", "百", "千")[place]
        skipped = False
    return words or "零"
