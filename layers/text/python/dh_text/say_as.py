"""Figures read as SSML's `say-as` says, in Chinese or English words.

What a text means by itself is for `figures` and `english`; here the request has said it. The checks
stand in `dh_core.specs.ssml`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from typing import Final

from dh_core.specs.ssml import Kind, SayAs
from dh_core.specs.ssml.values import date_parts
from dh_text.figures.digits import counted

_DIGITS: Final = "零一二三四五六七八九"
_CALLED: Final = _DIGITS.replace("一", "幺")
_MONTHS: Final = calendar.month_name[1:]
_SENTENCE_END: Final = re.compile(r"[。！？!?；;…\n]|\.(?=\s)")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LATIN: Final = re.compile(r"[A-Za-z]")


def said_as(mark: SayAs, text: str) -> str:
    """What is read in place of the figures that `mark` marks in `text`."""
    content = text[mark.start : mark.end]
    if _is_english(mark, text):
        return _in_english(mark, content)
    return _in_chinese(mark, content)


def _is_english(mark: SayAs, text: str) -> bool:
    """In the language of its sentence; figures alone in that of the text."""
    before = _SENTENCE_END.split(text[: mark.start])[-1]
    after = _SENTENCE_END.split(text[mark.end :])[0]
    for around in (before + after, text[: mark.start] + text[mark.end :]):
        if _HAN.search(around):
            return False
        if _LATIN.search(around):
            return True
    return False


def _in_chinese(mark: SayAs, content: str) -> str:
    readers: dict[Kind, Callable[[], str]] = {
        "digits": lambda: _called(content, _DIGITS),
        "telephone": lambda: _called(content.replace("+", "加"), _CALLED),
        "characters": lambda: " ".join(_called(one, _DIGITS) for one in _signs(content)),
        "cardinal": lambda: _number(content),
        "ordinal": lambda: f"第{counted(content)}",
        "date": lambda: _chinese_date(content, mark.form),
        "time": lambda: _time_of_day(content),
    }
    return readers[mark.kind]()


def _in_english(mark: SayAs, content: str) -> str:
    """What is left in figures the reader says right."""
    if mark.kind in ("digits", "telephone"):
        return ", ".join(" ".join(group) for group in re.findall(r"\d+", content, re.A))
    if mark.kind == "characters":
        return " ".join(_signs(content))
    if mark.kind == "ordinal":
        last = int(content) % 100
        ending = "th" if 10 < last < 20 else {1: "st", 2: "nd", 3: "rd"}.get(last % 10, "th")
        return f"{int(content)}{ending}"
    return _english_date(content, mark.form) if mark.kind == "date" else content


def _signs(content: str) -> list[str]:
    return [one.upper() for one in content if one.isalnum()]


def _chinese_date(content: str, form: str) -> str:
    parts = date_parts(content, form)
    units = (("y", "年"), ("m", "月"), ("d", "日"))
    return "".join(
        (_called(parts[name], _DIGITS) if name == "y" else counted(parts[name])) + unit
        for name, unit in units
        if name in parts
    )


def _english_date(content: str, form: str) -> str:
    parts = date_parts(content, form)
    month = _MONTHS[int(parts["m"]) - 1] if "m" in parts else ""
    day = parts.get("d", "").lstrip("0")
    return ", ".join(filter(None, [f"{month} {day}".strip(), parts.get("y", "")]))


def _number(content: str) -> str:
    sign = "负" if content.startswith("-") else ""
    return sign + counted(re.sub(r"[-+, ]", "", content))


def _time_of_day(content: str) -> str:
    hour, minute, *second = re.findall(r"\d+", content, re.A)
    afternoon = re.search("p", content, re.I)
    half = "下午" if afternoon else "上午" if re.search("a", content, re.I) else ""
    said = f"{half}{'两' if int(hour) == 2 else counted(hour)}点"
    if int(minute) or second:
        said += (
            ("零" if int(minute) < 10 else "") + f"{counted(minute)}分" if int(minute) else "零分"
        )
    elif not half:
        said += "整"
    return said + (f"{counted(second[0])}秒" if second else "")


def _called(text: str, names: str) -> str:
    return "".join(
        names[int(one)] if one.isascii() and one.isdigit() else one if one.isalpha() else ""
        for one in text
    )
