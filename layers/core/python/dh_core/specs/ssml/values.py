"""What the attributes of SSML's tags may hold, and what a fault in one says to write instead.

Each function raises ValueError with that sentence.
"""

from __future__ import annotations

import math
import re
from typing import Final

from dh_core.field_rules import shown, suggestion
from dh_core.specs import pinyin
from dh_core.specs.pronunciation import fault
from dh_core.specs.ssml.script import Kind

MAX_BREAK_SECONDS: Final = 10.0

_STRENGTHS: Final = {
    "none": 0.0, "x-weak": 0.25, "weak": 0.5, "medium": 0.75, "strong": 1.0, "x-strong": 1.25,
}  # fmt: skip
_RATES: Final = {
    "x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5,
}  # fmt: skip
_PITCHES: Final = {
    "x-low": -6.0, "low": -3.0, "medium": 0.0, "default": 0.0, "high": 3.0, "x-high": 6.0,
}  # fmt: skip
_VOLUMES: Final = {
    "silent": -math.inf, "x-soft": -12.0, "soft": -6.0, "medium": 0.0, "default": 0.0,
    "loud": 3.0, "x-loud": 6.0,
}  # fmt: skip
_ALPHABETS: Final = ("pinyin", "py", "x-pinyin", "x-amazon-pinyin")
_KINDS: Final[dict[str, Kind]] = {
    "digits": "digits", "number_digit": "digits",
    "characters": "characters", "spell-out": "characters", "verbatim": "characters",
    "cardinal": "cardinal", "number": "cardinal", "ordinal": "ordinal",
    "date": "date", "time": "time", "telephone": "telephone",
}  # fmt: skip
_FORMS: Final = ("ymd", "mdy", "dmy", "ym", "my", "md", "dm", "y", "m", "d")

_NUMBER: Final = r"([+-]?)(\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})"
_TIME: Final = re.compile(rf"{_NUMBER}(ms|s)")
_FACTOR: Final = re.compile(rf"{_NUMBER}(%?)")
_SEMITONES: Final = re.compile(rf"{_NUMBER}(st|%)")
_DECIBELS: Final = re.compile(rf"{_NUMBER}dB", re.I)
_CONTENTS: Final[dict[Kind, tuple[re.Pattern[str], str]]] = {
    "digits": (re.compile(r"[\d\s.,:/()+-]*\d[\d\s.,:/()+-]*", re.A), "digits, such as 2026"),
    "characters": (re.compile(r".*[^\W_].*", re.S), "letters or figures, such as GPU"),
    "cardinal": (re.compile(r"[+-]?\d[\d, ]{0,20}(\.\d+)?", re.A), "a number, such as 1234.5"),
    "ordinal": (re.compile(r"\d{1,16}", re.A), "a whole number, such as 3"),
    "time": (
        re.compile(r"([01]?\d|2[0-4])[:：]([0-5]\d)([:：][0-5]\d)?(\s*[ap]\.?m\.?)?", re.A | re.I),
        "a time, such as 17:30",
    ),
    "telephone": (re.compile(r"\+?[\d\s().-]*\d[\d\s().-]*", re.A), "a number, such as 010-1234"),
}
_YEAR_FIRST: Final = re.compile(r"(\d{4})(\d\d)(\d\d)", re.A)


def seconds(time: str | None, strength: str | None) -> float:
    """How long a break is; `time` goes before `strength`."""
    if time is None:
        return _named("strength", strength or "medium", _STRENGTHS)
    found = _TIME.fullmatch(time.strip())
    length = float(found[2]) / (1000 if found[3] == "ms" else 1) if found else math.inf
    if found is None or found[1] == "-" or length > MAX_BREAK_SECONDS:
        raise ValueError(
            f'time="{shown(time)}" is not a length of up to {MAX_BREAK_SECONDS:g} s; '
            'write it as in time="500ms" or time="2s"'
        )
    return length


def rate(value: str) -> float:
    """`80%` and `0.8` are a factor, `+20%` and `-20%` a change."""
    found = _FACTOR.fullmatch(value.strip())
    if found is None:
        return _named("rate", value, _RATES, 'a factor such as "80%", "+20%" or "0.8"')
    number = float(found[2]) / (100 if found[3] else 1)
    factor = {"+": 1 + number, "-": 1 - number}.get(found[1], number) if found[3] else number
    if factor <= 0 or (found[1] and not found[3]):
        raise ValueError(
            f'rate="{shown(value)}" is no pace; write a factor as in rate="80%" or rate="+20%"'
        )
    return factor


def pitch(value: str) -> float:
    """`+2st` in semitones, `+10%` as a change of the frequency."""
    found = _SEMITONES.fullmatch(value.strip())
    if found is None:
        return _named("pitch", value, _PITCHES, 'a change such as "+2st" or "-10%"')
    number = float(found[1] + found[2])
    if found[3] == "st":
        return number
    if not found[1] or number <= -100:
        raise ValueError(
            f'pitch="{shown(value)}" is no change; write it as in pitch="+10%" or pitch="+2st"'
        )
    return 12 * math.log2(1 + number / 100)


def volume(value: str) -> float:
    """In decibels: `-6dB`."""
    found = _DECIBELS.fullmatch(value.strip())
    if found is None:
        return _named("volume", value, _VOLUMES, 'decibels such as "-6dB"')
    return float(found[1] + found[2])


def syllables(word: str, ph: str, alphabet: str) -> tuple[str, ...]:
    """The pinyin of a word, written `chang2 an1`, `chang2-an1` or `chang2an1`."""
    if alphabet not in _ALPHABETS:
        raise ValueError(
            f'alphabet="{shown(alphabet)}" is not read here; write alphabet="pinyin" ph="chang2"'
        )
    written = re.sub(r"(?<=[1-5])(?=[^\W\d])|(?<=\d)[-.·](?=\w)", " ", ph)
    wrong = pinyin.fault(written) or fault(word, written)
    if not word:
        wrong = "put the word that is read so between <phoneme> and </phoneme>"
    read = pinyin.parse(written)
    if wrong is not None or read is None:
        raise ValueError(f'"{shown(word)}": {wrong}' if word else wrong)
    return read


def kind(interpret_as: str) -> Kind:
    """What figures are to be read as."""
    found = _KINDS.get(interpret_as.strip())
    if found is None:
        names = sorted(set(_KINDS.values()))
        raise ValueError(
            f'interpret-as="{shown(interpret_as)}" is not known; {suggestion(interpret_as, names)}'
        )
    return found


def check_content(content: str, kind: Kind, form: str) -> None:
    """Whether figures are what they are said to be."""
    if kind == "date":
        date_parts(content, form)
        return
    pattern, wanted = _CONTENTS[kind]
    if pattern.fullmatch(content) is None:
        raise ValueError(f'"{shown(content)}" cannot be read as {kind}; write {wanted}')


def date_parts(content: str, form: str = "") -> dict[str, str]:
    """`{"y": "2026", "m": "05", "d": "01"}`, in the order of `form`, or else the year first."""
    if form and form not in _FORMS:
        raise ValueError(f'format="{shown(form)}" is not known; {suggestion(form, _FORMS)}')
    joined = _YEAR_FIRST.fullmatch(content)
    figures = list(joined.groups()) if joined else re.findall(r"\d+", content, re.A)
    begins_with_year = len(figures) > 2 or len("".join(figures[:1])) == 4
    order = form or ("ymd" if begins_with_year else "md")
    parts = dict(zip(order, figures, strict=False))
    fits = len(figures) == len(form) if form else len(figures) in (2, 3)
    in_range = 0 < _small(parts.get("m", "1")) <= 12 and 0 < _small(parts.get("d", "1")) <= 31
    is_year = len(parts.get("y", "2026")) in (2, 4)
    if not (fits and in_range and is_year) or re.search(r"[^\W\d年月日号]", content):
        raise ValueError(
            f'"{shown(content)}" is no date in this order; write 2026-05-01, or say which part '
            'comes where as in format="dmy"'
        )
    return parts


def _small(figures: str) -> int:
    """A month or a day."""
    return int(figures) if len(figures) <= 2 else 0


def _named(
    attribute: str, value: str, known: dict[str, float], otherwise: str | None = None
) -> float:
    found = known.get(value.strip())
    if found is None:
        numbers = f", or {otherwise}" if otherwise else ""
        raise ValueError(
            f'{attribute}="{shown(value)}" is not known; write one of {", ".join(known)}{numbers}'
        )
    return found
