"""Numbers and signs that wetext reads wrongly or not at all, written so that it reads them.

Applied before wetext to Chinese text. Digits that are called out one by one (rooms, trains,
flights, versions) are spelled here, with 幺 for 1 as on the telephone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

import wetext

_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_CALLED = {**_DIGITS, "1": "幺"}
_ROMAN = dict(zip("ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ", "一二三四五六七八九十", strict=True))
_CIRCLED = {chr(0x2460 + i): f"{i + 1}，" for i in range(20)}
_UNITS = {
    "GHz": "吉赫", "MHz": "兆赫", "kHz": "千赫", "Hz": "赫兹", "kWh": "千瓦时", "kW": "千瓦",
    "MW": "兆瓦", "W": "瓦", "mAh": "毫安时", "V": "伏", "fps": "帧每秒", "mmHg": "毫米汞柱",
    "dB": "分贝", "rpm": "转每分", "Mbps": "兆每秒", "px": "像素", "㎡": "平方米", "min": "分钟",
    "℉": "华氏度", "kcal": "千卡", "ppm": "ppm",
}  # fmt: skip
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))


def _call(digits: str) -> str:
    return "".join(_CALLED.get(digit, digit) for digit in digits)


def _say(digits: str) -> str:
    return "".join(_DIGITS.get(digit, digit) for digit in digits)


def _count(digits: str) -> str:
    """Up to three digits as a number: 120 → 一百二十."""
    hundreds, tens, ones = (int(digit) for digit in digits.zfill(3))
    words = f"{_DIGITS[str(hundreds)]}百" if hundreds else ""
    if tens:
        words += f"{_DIGITS[str(tens)]}十"
    elif hundreds and ones:
        words += "零"
    return words + (_DIGITS[str(ones)] if ones else "")


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\d{1,3}(?:,\d{3})+(?!\d)", lambda m: m[0].replace(",", "")),
        (r"(?<=[A-Za-z])[-_](?=\d)", lambda m: " "),  # COVID-19 is no subtraction
        (r"(\d{2,3})/(\d{2,3})\s*mmHg", lambda m: f"{_count(m[1])}、{_count(m[2])}毫米汞柱"),
        (r"(\d{3,4})(?=[pPiI](?![A-Za-z0-9]))", lambda m: _call(m[0]) + " "),
        (r"(?<=[vV])(\d+(?:\.\d+)+)", lambda m: _say(m[0]).replace(".", "点")),
        (r"\d+(?:\.\d+){2}(?![\d.])", lambda m: _say(m[0]).replace(".", "点")),
        (
            r"(?<![A-Za-z0-9])([A-Z]{1,2}|\d[A-Z])(\d{2,4})(?=次|航班|列车|号航班|动车|高铁)",
            lambda m: f"{m[1]} {_call(m[2])}",
        ),
        (r"(?<![\d.])(\d{3,4})(?=室|房间|号房|号楼|教室|号线路)", lambda m: _call(m[0])),
        (r"(\d)\s*[*×xX]\s*(?=\d)", lambda m: f"{m[1]}乘"),
        (r"(\d+)\^(\d+)", lambda m: f"{m[1]}的{m[2]}次方"),
        (r"([A-Za-z0-9])²(?![A-Za-z])", lambda m: f"{m[1]}的平方"),
        (r"([A-Za-z0-9])³(?![A-Za-z])", lambda m: f"{m[1]}的立方"),
        (r"(\d+(?:\.\d+)?)‰", lambda m: f"千分之{m[1]}"),
        (rf"(?<=\d)\s?({_UNIT})(?![A-Za-z0-9])", lambda m: _UNITS[m[1]]),
        (r"(?<=[\d万亿千百])\+", lambda m: "多"),
        (r"(?<=[A-Za-z\u4e00-\u9fff])\s?\+\s?(?=[A-Za-z\u4e00-\u9fff])", lambda m: "加"),
        (r"(?<=(?<![A-Za-z])[A-Za-z])\+\+", lambda m: "加加"),
        (r"(?<=[A-Za-z\u4e00-\u9fff\d])\s?&\s?(?=[A-Za-z\u4e00-\u9fff\d])", lambda m: "和"),
        (r"@(?=[\w\u4e00-\u9fff])", lambda m: "艾特"),
        (r"#(?=\d)", lambda m: "编号"),
        (r"[½⅓⅔¼¾]", lambda m: unicodedata.normalize("NFKC", m[0]).replace("\u2044", "/")),
        (r"[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]", lambda m: _ROMAN[m[0]]),
        (r"[①-⑳]", lambda m: _CIRCLED[m[0]]),
        (r"(?<=\d)\s?°(?!C|F|c)", lambda m: "度"),
        (r"(?<=[A-Za-z])/(?=[A-Za-z])", lambda m: " "),
    )
)


def regular(text: str) -> str:
    """The text with such figures written out; everything else untouched."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def spoken(sentence: str) -> str:
    """A Chinese sentence, `regular` already, with its numbers, dates and money in words."""
    return str(_normaliser().normalize(sentence))


def prepare() -> None:
    """Load the grammars, which the first text would otherwise wait for."""
    _normaliser()


@cache
def _normaliser() -> Any:
    return wetext.Normalizer(lang="zh", operator="tn", traditional_to_simple=True)
