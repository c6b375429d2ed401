"""Text cut for VoxCPM2: normalised sentences, short ones joined, long ones cut at clauses.

The model speaks faster and faster in long inputs and is unsteady in very short ones
(github.com/OpenBMB/VoxCPM issues 5, 37, 96), and a passage is also the step of progress and
cancelling. Numbers arrive as words, so that the aligner's guide reads the same text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gpu_jobs.engines.speech.front_end import CLAUSE_PAUSE, SENTENCE_PAUSE, sentences

LONGEST = 60.0
"""Syllables of a passage, about 13 s of Mandarin."""
SHORTEST = 8.0
"""Shorter sentences are spoken together with their neighbour."""

_LETTER = 0.35
"""Syllables of a Latin letter, roughly."""
_CLAUSE = re.compile(r"[^，,、：:；;—]*(?:[，,、：:；;—]+|$)")


@dataclass(frozen=True, slots=True)
class Passage:
    """What is generated in one go, and the silence after it in seconds."""

    text: str
    pause: float


def to_passages(text: str) -> list[Passage]:
    """Cut a text; what holds neither letters nor characters is left out. May be empty."""
    passages: list[Passage] = []
    for sentence in filter(_is_spoken, sentences(text)):
        parts = [part for part in _parts(sentence.strip()) if _is_spoken(part)]
        pauses = [CLAUSE_PAUSE] * (len(parts) - 1) + [SENTENCE_PAUSE]
        cut = [Passage(*pair) for pair in zip(parts, pauses, strict=True)]
        if passages and syllables(passages[-1].text) < SHORTEST:
            cut[0] = Passage(_joined(passages.pop().text, cut[0].text), cut[0].pause)
        passages += cut
    if len(passages) > 1 and syllables(passages[-1].text) < SHORTEST:
        last, before = passages.pop(), passages.pop()
        passages.append(Passage(_joined(before.text, last.text), last.pause))
    return passages


def syllables(text: str) -> float:
    """About how many syllables a text has; punctuation has none."""
    return sum((_LETTER if c < "\u0250" else 1.0) for c in text if c.isalnum())


def _parts(sentence: str) -> list[str]:
    """A sentence in parts of at most LONGEST, at clauses where there are any."""
    parts = [""]
    for clause in _CLAUSE.findall(sentence):
        for piece in _pieces(clause):
            if parts[-1] and syllables(parts[-1] + piece) > LONGEST:
                parts.append("")
            parts[-1] += piece
    return [part.strip() for part in parts]


def _pieces(clause: str) -> list[str]:
    """A clause, or where it is too long its Latin words and Chinese characters."""
    if syllables(clause) <= LONGEST:
        return [clause]
    return re.findall(r"[!-\u024f]{1,60}\s*|.", clause, re.DOTALL)


def _joined(first: str, second: str) -> str:
    space = " " if first[-1].isascii() else ""
    return f"{first}{space}{second}"


def _is_spoken(text: str) -> bool:
    return any(character.isalnum() for character in text)
