"""When the words of a given text are said in a recording: for subtitles. Pure.

What was heard (by a recogniser, or known from synthesis) has times but mistakes; the text is right
but has no times. Where the text is the recording's transcript, both are aligned. Where it is not,
it can only be shown in order while somebody speaks.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

import jieba
import numpy as np

from dh_text.alignment import folded, matching_positions
from gpu_jobs.audio.speech import Phoneme, TimedText
from gpu_jobs.engines.speech.phonemes.spoken import Piece
from gpu_jobs.engines.speech.phonemes.wording import SpokenPiece, words_of

SAME_SHARE: Final = 0.5
"""A text of which less than this was heard is no transcript. A recogniser that errs in every fifth
character keeps 0.8; unrelated Chinese texts share 0.2 to 0.3 in order."""

_LETTER: Final = 0.4
"""A Latin letter's part of a syllable; a Chinese character or a figure is a whole one."""

Span = tuple[float, float]

jieba.setLogLevel(logging.WARNING)  # it announces its dictionary on every start


def aligned(text: str, heard: Sequence[TimedText]) -> tuple[TimedText, ...] | None:
    """`text` in words at the times of `heard`; None if it is not what was said."""
    said = "".join(word.text for word in heard)
    pairs = [
        (at, at_said)
        for at, at_said in matching_positions(folded(text), folded(said))
        if text[at].isalnum()
    ]
    if len(pairs) < SAME_SHARE * max(1, sum(map(str.isalnum, text))):
        return None
    ends = np.cumsum([len(word.text) for word in heard])
    # What was said before and after the text is not part of it.
    first, last = (int(np.searchsorted(ends, pairs[at][1], "right")) for at in (0, -1))
    spoken = [
        SpokenPiece(Piece("", word.text), (Phoneme("", word.start, word.end),))
        for word in heard[first : last + 1]
    ]
    return words_of(text, spoken)


def in_order(text: str, spans: Sequence[Span]) -> tuple[TimedText, ...]:
    """`text` in words spread evenly, by its syllables, over the stretches of speech."""
    words = _words(text)
    lengths = np.array([end - start for start, end in spans])
    if not words or not len(lengths):
        return ()
    syllables = np.cumsum([0.0, *(_syllables(word) for word in words)])
    spoken = syllables / syllables[-1] * lengths.sum()
    behind = np.cumsum(lengths)
    edges = np.concatenate([[0.0], behind])
    # A word begins in the stretch that its first moment falls in, and ends in that of its last.
    begin = np.minimum(np.searchsorted(behind, spoken[:-1], "right"), len(spans) - 1)
    end = np.minimum(np.searchsorted(behind, spoken[1:], "left"), len(spans) - 1)
    return tuple(
        TimedText(
            word,
            spans[a][0] + float(spoken[n] - edges[a]),
            spans[b][0] + float(spoken[n + 1] - edges[b]),
        )
        for n, (word, a, b) in enumerate(zip(words, begin, end, strict=True))
    )


def _words(text: str) -> list[str]:
    """The text in pieces that each hold something to say; marks stay with the word before."""
    words: list[str] = []
    opening = ""
    for piece in jieba.lcut(text):
        if any(map(str.isalnum, piece)):
            words.append(opening + piece)
            opening = ""
        elif words:
            words[-1] += piece
        else:
            opening += piece
    return words


def _syllables(word: str) -> float:
    return sum(_LETTER if c.isascii() and c.isalpha() else 1.0 for c in word if c.isalnum())
