"""Subtitles from words and their times, as SRT and WebVTT.

Each cue is one line of at most LINE_WIDTH: 18 Chinese characters, 42 Latin ones. Lines break where
the sense does: after a sentence, at a comma or a pause, between words if they must, with lines of
even length; a word or a number is never divided unless it is longer than a line by itself.
Chinese lines drop the comma or full stop at their end, as is usual on screen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from typing import Self

from gpu_jobs.audio.speech import TimedText

_WIDE, _NARROW = 7, 3
LINE_WIDTH = 18 * _WIDE
"""In sevenths of a Chinese character: 42 narrow characters are as wide as 18 wide ones."""

MIN_SECONDS = 0.8
HOLD_SECONDS = 0.3
"""How long a line may stay after its last word, so that it can be read to the end."""

LEAD_SECONDS = 0.15
"""How much a line that would be too short may come before its first word."""

PAUSE_SECONDS = 0.35
"""A silence as good as a comma, for words that come without punctuation."""

_LEAST_SECONDS = 0.002
"""Keeps a line that has no time of its own in order, at the milliseconds of the formats."""

_SENTENCE_ENDS = re.compile(r"[。！？!?；;…][”’」』）)\"]*\s*$|[.][”’)\"]*\s*$|\n\s*$")
_CLAUSE_ENDS = re.compile(r"[，,、：:—][”’」』）)\"]*\s*$")
_DROPPED = re.compile(r"[\s，。、；：]+$")
_DROPPED_AFTER_HAN = re.compile(r"(?<=[\u3400-\u9fff”’」』》）])[\s,.;:]+$")
_NUMBER_BEFORE = re.compile(r"\d\s*$")
_NUMBER_AFTER = re.compile(r"\s*\d")
_LATIN_BEFORE = re.compile(r"[A-Za-z]\s*$")
"""A number is not parted from its unit, nor a name from its number (iPhone 15)."""

_CLINGING = re.compile(r"[的了着过吗呢吧啊呀嘛地得们里上下中](?![\u3400-\u9fff])")
"""Particles that read badly at the start of a line."""

_LEANING = re.compile(
    r"[和与及或并而但在把被对向从给让跟]|并且|以及|但是|因为|所以|如果"
    r"|(?i:an?|the|of|to|in|on|at|by|for|from|with|and|or|but)"
)
"""Words that read badly at the end of a line."""

# Costs of a line, in arbitrary units; the layout with the least sum wins.
_LINE = 1.0
_BREAK_IN_CLAUSE = 6.0
_BREAK_BAD = 9.0
_BREAK_AT_CLAUSE = 0.5
_SENTENCE_INSIDE = 12.0
_CLAUSE_INSIDE = 0.4
_SILENCE_INSIDE = 6.0
_HALF_CLAUSE = 4.0
_TOO_SHORT = 4.0
_UNEVEN = 3.0
_UNBALANCED = 8.0


@dataclass(frozen=True, slots=True)
class Cue:
    """One line on the screen, in seconds.

    `halves`: the same text as two lines, for a picture on which it is too long for one.
    """

    text: str
    start: float
    end: float
    halves: tuple[str, str] | None = field(default=None, compare=False)


def to_cues(words: Iterable[TimedText], duration: float) -> list[Cue]:
    """Lay words out in lines. `words` together are the text; times rise, inside `duration`."""
    pieces = [piece for word in words for piece in _fitting(word)]
    if not pieces:
        return []
    lines = [pieces[a:b] for a, b in pairwise(_breaks(pieces))]
    cues = [Cue(_shown(line), line[0].start, line[-1].end, _halves(line)) for line in lines]
    return _on_screen([cue for cue in cues if cue.text], duration)


def to_srt(cues: Sequence[Cue]) -> str:
    """SubRip text."""
    return "\n".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n"
        f"{cue.text.replace('-->', '→')}\n"
        for number, cue in enumerate(cues, 1)
    )


def to_vtt(cues: Sequence[Cue]) -> str:
    """WebVTT text (https://www.w3.org/TR/webvtt1/)."""
    blocks = (
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_escaped(cue.text)}\n"
        for cue in cues
    )
    return "\n".join(["WEBVTT\n", *blocks])


def width(text: str) -> int:
    """Width in the units of LINE_WIDTH."""
    return sum(map(_width_of, text))


@cache
def _width_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _NARROW


def _fitting(word: TimedText) -> list[TimedText]:
    """The word; in parts when it is wider than a line (an address, say), its time shared."""
    if width(_shown_text(word.text)) <= LINE_WIDTH:
        return [word]
    parts, wide = [""], 0
    for character in word.text:
        wide += _width_of(character)
        if wide > LINE_WIDTH:
            parts.append("")
            wide = _width_of(character)
        parts[-1] += character
    seconds = (word.end - word.start) / len(word.text)
    fitting, start = [], word.start
    for part in parts:
        end = start + seconds * len(part)
        fitting.append(TimedText(part, start, min(end, word.end)))
        start = end
    return fitting


def _breaks(pieces: Sequence[TimedText]) -> list[int]:
    """Where lines begin, and the end: least cost by dynamic programming, O(pieces x line)."""
    best = [0.0] + [float("inf")] * len(pieces)
    came_from = [0] * (len(pieces) + 1)
    gaps = [_Gap.between(word, following) for word, following in pairwise(pieces)]
    breaks_at = [0.0, *(gap.as_break for gap in gaps), 0.0]
    for start in range(len(pieces)):
        inside, clauses = 0.0, 0
        for stop in range(start + 1, len(pieces) + 1):
            line = pieces[start:stop]
            wide = width(_shown(line))
            if len(line) > 1:
                if wide > LINE_WIDTH:
                    break
                inside += gaps[stop - 2].inside
                clauses += gaps[stop - 2].is_clause
            is_divided = max(breaks_at[start], breaks_at[stop]) >= _BREAK_IN_CLAUSE
            cost = best[start] + breaks_at[stop] + inside + _line_cost(line, wide, is_divided)
            cost += _HALF_CLAUSE * clauses if is_divided else 0.0
            if cost < best[stop]:
                best[stop], came_from[stop] = cost, start
    breaks = [len(pieces)]
    while breaks[-1]:
        breaks.append(came_from[breaks[-1]])
    return breaks[::-1]


def _break_cost(word: TimedText, following: TimedText) -> float:
    """What it costs to begin a new line between two words; 0 at the end of a sentence."""
    if _SENTENCE_ENDS.search(word.text):
        return 0.0
    if _CLAUSE_ENDS.search(word.text) or following.start - word.end > PAUSE_SECONDS:
        return _BREAK_AT_CLAUSE
    is_bad = (
        _NUMBER_BEFORE.search(word.text)
        or (_LATIN_BEFORE.search(word.text) and _NUMBER_AFTER.match(following.text))
        or _CLINGING.match(following.text)
        or _LEANING.fullmatch(word.text.strip())
    )
    return _BREAK_BAD if is_bad else _BREAK_IN_CLAUSE


@dataclass(frozen=True, slots=True)
class _Gap:
    """Between two words: what it costs to begin a line there, and not to."""

    as_break: float
    inside: float
    is_clause: bool
    """Whether it costs more inside a line that holds only a part of its clause."""

    @classmethod
    def between(cls, word: TimedText, following: TimedText) -> Self:
        as_break = _break_cost(word, following)
        if as_break == 0:
            return cls(as_break, _SENTENCE_INSIDE, False)
        if following.start - word.end > _bearable_silence(word):
            return cls(as_break, _SILENCE_INSIDE, False)
        is_clause = as_break == _BREAK_AT_CLAUSE
        return cls(as_break, _CLAUSE_INSIDE if is_clause else 0.0, is_clause)


def _line_cost(line: Sequence[TimedText], wide: int, is_divided: bool) -> float:
    """Cost of a line of this width, but for its gaps; `is_divided`: with a part of a clause."""
    cost = _LINE
    if line[-1].end - line[0].start < MIN_SECONDS:
        cost += _TOO_SHORT
    if is_divided:
        # Squares make the lines of a divided clause even, and leave no word alone.
        cost += _UNEVEN * (1 - min(1.0, wide / LINE_WIDTH)) ** 2
    return cost


def _halves(line: Sequence[TimedText]) -> tuple[str, str] | None:
    """The line as two of even length where the sense allows; None for a single word."""
    halves = [(_shown(line[:at]), _shown(line[at:])) for at in range(1, len(line))]
    costs = [_break_cost(word, following) for word, following in pairwise(line)]
    best = min(
        (
            (cost + _UNBALANCED * _unbalance(*pair), pair)
            for cost, pair in zip(costs, halves, strict=True)
            if all(pair)
        ),
        default=None,
    )
    return best[1] if best else None


def _unbalance(first: str, second: str) -> float:
    """0 for lines of the same width, near 1 where one holds nearly all."""
    return abs(width(first) - width(second)) / (width(first) + width(second))


def _bearable_silence(word: TimedText) -> float:
    """Seconds of silence after a word within a line."""
    return 1.0 if _CLAUSE_ENDS.search(word.text) else PAUSE_SECONDS


def _shown(line: Iterable[TimedText]) -> str:
    return _shown_text("".join(word.text for word in line))


def _shown_text(text: str) -> str:
    """As it stands on the screen: one line, without the mark that Chinese drops at its end."""
    plain = " ".join(text.split())
    dropped = _DROPPED.sub("", plain)
    return _DROPPED_AFTER_HAN.sub("", dropped)


def _on_screen(cues: Sequence[Cue], duration: float) -> list[Cue]:
    """Give lines time to be read: a lead if they are short, a while after; never two at once."""
    shown: list[Cue] = []
    free = 0.0
    for number, cue in enumerate(cues):
        limit = cues[number + 1].start if number + 1 < len(cues) else max(duration, cue.end)
        is_short = min(limit, cue.end + HOLD_SECONDS) - cue.start < MIN_SECONDS
        start = max(free, cue.start - LEAD_SECONDS if is_short else cue.start)
        end = min(limit, max(cue.end + HOLD_SECONDS, start + MIN_SECONDS))
        free = max(end, start + _LEAST_SECONDS)
        shown.append(replace(cue, start=start, end=free))
    return shown


def _clock(seconds: float, point: str) -> str:
    """`HH:MM:SS,mmm`."""
    rest, thousandths = divmod(round(seconds * 1000), 1000)
    hours, rest = divmod(rest, 3600)
    return f"{hours:02}:{rest // 60:02}:{rest % 60:02}{point}{thousandths:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
