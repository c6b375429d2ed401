"""Breaking a title into lines at sense: between words, not before punctuation, evenly. Pure."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any, Final

Measure = Callable[[str], float]
"""Width of a line in pixels."""

_NO_LINE_START: Final = frozenset("，。、；：？！）】》〉」』〕”’…—～·%％,.;:?!)]}°℃々ー")
_NO_LINE_END: Final = frozenset("（【《〈「『〔“‘([{￥$#")
_BREAKS_WELL: Final = frozenset("，。、；：？！…—,.;:?!|｜/")
_RUNS: Final = re.compile(r"[ \t\u3000]+|[A-Za-z0-9][A-Za-z0-9'’\-_.@&+%]*|[^\sA-Za-z0-9]+")
_AWKWARD: Final = 0.12
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
    if not pieces:
        return []
    count = _fewest(pieces, width, measure)
    return _most_even(pieces, width, count, measure)


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
    parts = []
    rest = piece
    while measure(rest.rstrip()) > width and len(rest) > 1:
        end = len(rest) - 1
        while end > 1 and measure(rest[:end]) > width:
            end -= 1
        parts.append(rest[:end])
        rest = rest[end:]
    return [*parts, rest]


def _fewest(pieces: list[str], width: float, measure: Measure) -> int:
    count, line = 1, ""
    for piece in pieces:
        if line and measure((line + piece).rstrip()) > width:
            count, line = count + 1, ""
        line += piece
    return count


def _most_even(pieces: list[str], width: float, count: int, measure: Measure) -> list[str]:
    """The breaks with the least squared slack (Knuth and Plass 1981, without stretching)."""
    total = len(pieces)
    best: dict[tuple[int, int], tuple[float, int]] = {(0, 0): (0.0, 0)}
    for line in range(1, count + 1):
        for end in range(line, total + 1):
            for start in range(line - 1, end):
                before = best.get((line - 1, start))
                text = "".join(pieces[start:end]).rstrip()
                if before is None or ((room := width - measure(text)) < 0 and end - start > 1):
                    continue
                fair = end == total or text[-1] in _BREAKS_WELL
                cost = before[0] + (room / width) ** 2 + (0 if fair else _AWKWARD)
                if (line, end) not in best or cost < best[line, end][0]:
                    best[line, end] = cost, start
    ends = [total]
    for line in range(count, 0, -1):
        ends.append(best[line, ends[-1]][1])
    ends.reverse()
    return ["".join(pieces[start:end]).strip() for start, end in pairwise(ends)]
