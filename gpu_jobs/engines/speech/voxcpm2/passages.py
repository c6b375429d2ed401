"""Text cut for VoxCPM2: normalised sentences, short ones joined, long ones cut at clauses.

The model speaks faster and faster in long inputs and is unsteady in very short ones
(github.com/OpenBMB/VoxCPM issues 5, 37, 96), and a passage is also the step of progress and
cancelling. The front end of the guide reads the text, so that both speak the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter

from dh_text.hints import BREAKS, MARKS, PROSODIES, WORDS, Hints
from dh_text.reader import Sentence
from gpu_jobs.engines.speech.phonemes.front_end import GROUP_SYMBOLS, FrontEnd, Group
from gpu_jobs.engines.speech.phonemes.pauses import CLAUSE_PAUSE, PARAGRAPH_PAUSE, rest_after
from gpu_jobs.engines.speech.phonemes.spoken import Pieces

LONGEST = 60.0
"""Syllables of a passage, about 13 s of Mandarin."""
SHORTEST = 8.0
"""Shorter sentences are spoken together with their neighbour."""

_LETTER = 0.35
"""Syllables of a Latin letter, roughly."""
_CLAUSE = re.compile(r"[^，,、：:；;—]*(?:[，,、：:；;—]+|$)")
_SPOKEN = re.compile(rf"[^\W_]|[{WORDS}]")
_UNMARKED_BREAK = re.compile(rf"(?<=[\w{WORDS}])[{MARKS}]*[{BREAKS}][{MARKS}]*(?=[\w{WORDS}])")

_Length = Callable[[str], float]
"""How many syllables a text has in which hinted words are marks."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What is generated in one go, and the silence after it in seconds.

    `text` is for the model; `groups` are the same words for the guide, with the readings that the
    request gives. `said` is the text with what parts it from the next one.
    """

    text: str
    groups: tuple[Group, ...]
    pause: float
    said: str = ""

    @property
    def pieces(self) -> Pieces:
        """What the sounds of the guide speak."""
        return tuple(piece for group in self.groups for piece in group.pieces)


@dataclass(frozen=True, slots=True)
class _Part:
    """Text in which hinted words are marks. `pause` None: as its punctuation asks."""

    text: str
    pause: float | None = None


def to_passages(text: str, front_end: FrontEnd) -> list[Passage]:
    """Cut a text; what the guide cannot read is left out. May be empty.

    Raises UnsupportedLanguage.
    """

    hints = front_end.reader.hints

    def length(part: str) -> float:
        return syllables(hints.plain(part))

    passages: list[Passage] = []
    for part in _joined(_parts(front_end.reader.sentences(text), hints, length), length):
        groups = tuple(front_end.fit(part.text, GROUP_SYMBOLS))
        if groups:
            pause = rest_after(groups[-1].symbols) if part.pause is None else part.pause
            for_model = hints.plain(_UNMARKED_BREAK.sub("，", part.text))
            plain = hints.plain(part.text)
            end = "\n" if pause == PARAGRAPH_PAUSE else " " if plain[-1].isascii() else ""
            passages.append(Passage(for_model, groups, pause, plain + end))
    return passages


def syllables(text: str) -> float:
    """About how many syllables a text has; punctuation has none."""
    return sum((_LETTER if c < "\u0250" else 1.0) for c in text if c.isalnum())


def _parts(sentences: Iterable[Sentence], hints: Hints, length: _Length) -> Iterator[_Part]:
    """Sentences, long ones in several parts."""
    for _, paragraph in groupby(sentences, attrgetter("paragraph")):
        found: list[_Part] = []
        for sentence in filter(_SPOKEN.search, (one.text for one in paragraph)):
            cut = [
                part
                for part in hints.carried(_cut(sentence.strip(), length))
                if _SPOKEN.search(part)
            ]
            found += [*(_Part(part, CLAUSE_PAUSE) for part in cut[:-1]), _Part(cut[-1])]
        if found:
            yield from [*found[:-1], replace(found[-1], pause=PARAGRAPH_PAUSE)]


def _joined(parts: Iterator[_Part], length: _Length) -> list[_Part]:
    """Parts that are too short to be spoken alone, with their neighbour."""
    joined: list[_Part] = []
    for part in parts:
        if joined and length(joined[-1].text) < SHORTEST:
            joined[-1] = _together(joined[-1], part)
        else:
            joined.append(part)
    if len(joined) > 1 and length(joined[-1].text) < SHORTEST:
        last = joined.pop()
        joined[-1] = _together(joined[-1], last)
    return joined


def _together(first: _Part, second: _Part) -> _Part:
    """Two parts as one; a line without a final mark gets one."""
    end = re.sub(f"[{PROSODIES}{BREAKS}]+$", "", first.text)[-1]
    latin = end.isascii()
    stop = ("." if latin else "。") if _SPOKEN.match(end) else ""
    return _Part(f"{first.text}{stop}{' ' if latin else ''}{second.text}", second.pause)


def _cut(sentence: str, length: _Length) -> list[str]:
    """A sentence in parts of at most LONGEST, at clauses where there are any."""
    parts = [""]
    for clause in _CLAUSE.findall(sentence):
        for piece in _pieces(clause, length):
            if parts[-1] and length(parts[-1] + piece) > LONGEST:
                parts.append("")
            parts[-1] += piece
    return [part.strip() for part in parts]


def _pieces(clause: str, length: _Length) -> list[str]:
    """A clause, or where it is too long its Latin words and Chinese characters."""
    if length(clause) <= LONGEST:
        return [clause]
    return re.findall(r"[!-\u024f]{1,60}\s*|.", clause, re.DOTALL)
