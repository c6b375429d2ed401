"""Breaking a title into lines at sense: between words, not before punctuation, evenly. Pure."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, Final

Measure = Callable[[str], float]
"""Width of a piece of a line, in any unit; that of a line is the sum of its pieces."""

_NO_LINE_START: Final = frozenset("，。、；：？！）】》〉」』〕”’…—～·%％,.;:?!)]}°℃々ー")
_NO_LINE_END: Final = frozenset("（【《〈「『〔“‘([{￥$#")
_BREAKS_WELL: Final = frozenset("，。、；：？！…—,.;:?!|｜/")
_RUNS: Final = re.compile(r"[ \t\u3000]+|[A-Za-z0-9][A-Za-z0-9'’\-_.@&+%]*|[^\sA-Za-z0-9]+")
_ROUNDING: Final = 1e-6
_AWKWARD: Final = 0.25
"""What a break without punctuation costs, in squared line widths."""


def wrap(text: str, width: float, measure: Measure) -> list[str]:
    """Lines of at most `width`, as few as possible and as even as possible.

    Line breaks of the text are kept. A word that is wider than a whole line is cut.
    """
    return [
        line
        for paragraph in text.splitlines()
        for line in _wrap_paragraph(paragraph.strip(), width, measure)
    ]


def _wrap_paragraph(text: str, width: float, measure: Measure) -> list[str]:
    pieces = [part for piece in _pieces(text) for part in _fitting(piece, width, measure)]
    return _most_even(pieces, width, measure) if pieces else []


def _pieces(text: str) -> list[str]:
    """What must stay together: words with the punctuation and the blanks that cling to them."""
    pieces: list[str] = []
    for word in _words(text):
        clings = pieces and (
            word.isspace() or word[0] in _NO_LINE_START or pieces[-1][-1] in _NO_LINE_END
        )
        if clings:
            pieces[-1] += word
        else:
            pieces.append(word)
    return pieces


def _words(text: str) -> list[str]:
    words: list[str] = []
    for run in _RUNS.findall(text):
        words.extend(_segmenter().lcut(run) if run[0] > "\u2e80" else [run])
    return words


@cache
def _segmenter() -> Any:
    import jieba  # noqa: PLC0415 - reads its dictionary for a second, only where there are titles

    jieba.setLogLevel(logging.WARNING)
    return jieba


def _fitting(piece: str, width: float, measure: Measure) -> list[str]:
    """The piece, cut where it does not fit into a line of its own."""
    if measure(piece.rstrip()) <= width:
        return [piece]
    parts, part, filled = [], "", 0.0
    for character in piece:
        wide = measure(character)
        if part and filled + wide > width:
            parts.append(part)
            part, filled = "", 0.0
        part, filled = part + character, filled + wide
    return [*parts, part]


def _most_even(pieces: list[str], width: float, measure: Measure) -> list[str]:
    """As few lines as possible, with the least squared slack (Knuth and Plass 1981)."""
    total = len(pieces)
    starts = [0.0, *accumulate(map(measure, pieces))]
    blanks = [measure(piece) - measure(piece.rstrip()) for piece in pieces]
    # By (lines, slack), so that fewer lines always win.
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    for end in range(1, total + 1):
        fair = end == total or pieces[end - 1].rstrip()[-1:] in _BREAKS_WELL
        choices = []
        for start in range(end - 1, -1, -1):
            room = width - (starts[end] - starts[start] - blanks[end - 1])
            if room < -_ROUNDING and start < end - 1:
                break
            lines, slack, _ = best[start]
            cost = slack + (room / width) ** 2 + (0 if fair else _AWKWARD)
            choices.append((lines + 1, cost, start))
        best.append(min(choices))
    ends = [total]
    while ends[-1] > 0:
        ends.append(best[ends[-1]][2])
    ends.reverse()
    return ["".join(pieces[start:end]).strip() for start, end in pairwise(ends)]
