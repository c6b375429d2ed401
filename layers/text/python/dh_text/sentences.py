"""A line divided into sentences, and each of them in the words of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dh_text import english, figures
from dh_text.english.recognition import is_english_run, is_english_sentence, is_english_text
from dh_text.hints import MARKS

_HAN = r"\u3400-\u9fff"
_CHINESE_SENTENCE = re.compile(r"[^。！？!?；;…]*(?:[。！？!?；;…]+[”’」』\")）]*|$)")
_ABBREVIATION = (
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|Mt|No|Nos|vs|Jr|Sr|Gen|Col|Lt|Sgt|Rev|Hon|Gov|Sen|Co|Inc|Ltd|Apt|Ave|Blvd|Rd|in|Fig|"
    r"Vol|e\.g|i\.e|a\.m|p\.m|U\.S|U\.K|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.(?=\s+\S)"
)
_ENGLISH_SENTENCE = re.compile(rf"(?:{_ABBREVIATION}|.)+?(?:[.!?;]+[”’\")]*(?=\s+[^a-z\s]|\s*$)|$)")
_RUN = re.compile(
    rf"(?:(?<![{_HAN}\dA-Za-z.])[$€£\d]|[A-Za-z])"
    rf"[^{_HAN}{MARKS}，。；：、！？“”（）《》]{{5,}}?(?=\d{{0,12}}\s?[{_HAN}]|[{MARKS}，。；：、！？“”（）《》]|$)"
)
"""A stretch without Chinese; figures at its end that stand before Chinese belong to that."""


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as it is written."""

    text: str
    is_english: bool

    def spoken(self) -> Iterator[str]:
        """The same with all figures in words; one after the other where they make several."""
        if self.is_english:
            parts = re.split(f"([{MARKS}])", self.text)
            yield "".join(p if number % 2 else english.spoken(p) for number, p in enumerate(parts))
            return
        read = figures.spoken(_RUN.sub(_run, self.text))
        yield from filter(str.strip, _CHINESE_SENTENCE.findall(read))


def is_english(text: str) -> bool:
    """Whether a whole text is English."""
    return not re.search(f"[{_HAN}]", text) and is_english_text(text)


def divided(line: str, *, english_text: bool) -> Iterator[Written]:
    """The sentences of a line, in all the whole line."""
    for found in [line] if english_text else _CHINESE_SENTENCE.findall(line):
        if english_text or (not re.search(f"[{_HAN}]", found) and is_english_sentence(found)):
            yield from (Written(one, is_english=True) for one in _ENGLISH_SENTENCE.findall(found))
        else:
            yield Written(found, is_english=False)


def _run(match: re.Match[str]) -> str:
    return english.spoken(match[0]) if is_english_run(match[0]) else match[0]
