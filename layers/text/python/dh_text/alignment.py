"""Which characters of two strings correspond, and so what of a text each spoken word stands for.

Speech follows a normalised text ("二零二六年"), a reader knows what was written ("2026年"). Both
are aligned by their characters; what differs between two equal characters was one rewriting.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

from rapidfuzz.distance import LCSseq

_HAN = re.compile(r"[\u3400-\u9fff]+")
_MARK_UP = re.compile(r"(?:\s|</?[A-Za-z][^<>]*>|[*_~`])+")
_SAME_MARK = str.maketrans(
    {"。": ".", "、": ",", "《": "“", "》": "”", "「": "“", "」": "”", "『": "“", "』": "”"}
)

NO_WORD = -1
"""In place of a word's number: a mark, which nobody says."""


def matching_positions(first: str, second: str) -> list[tuple[int, int]]:
    """Pairs of positions of equal characters, rising in both: a longest common subsequence."""
    return [
        pair
        for block in LCSseq.opcodes(first, second)
        if block.tag == "equal"
        for pair in zip(
            range(block.src_start, block.src_end),
            range(block.dest_start, block.dest_end),
            strict=True,
        )
    ]


def folded(text: str) -> str:
    """Characters that are read alike made equal, one for one."""
    return "".join(map(_fold, text))


def words_at(
    source: str, said: Sequence[str], words: Sequence[int]
) -> list[tuple[int, int] | None]:
    """The first and last word that each character of `source` stands for; None for a mark.

    `said` is what is spoken, in parts; `words` gives the number of each part's word, or NO_WORD.
    """
    word_at = [number for part, number in zip(said, words, strict=True) for _ in part]
    found: list[tuple[int, int] | None] = [None] * len(source)
    for written, meant in _links(source, "".join(said)):
        spoken = [word_at[at] for at in meant if word_at[at] != NO_WORD]
        for at in written if spoken else ():
            before = found[at] or (spoken[0], spoken[-1])
            found[at] = (before[0], spoken[-1])
    return found


def stretches(source: str, said: Sequence[str], is_word: Sequence[bool]) -> list[range]:
    """Where in `source` each word stands of what is said in parts, which are words or marks.

    Words that were written as one thing (the digits of a number) all stand where that does.
    """
    counted = itertools.count()
    numbers = [next(counted) if word else NO_WORD for word in is_word]
    found: dict[int, range] = {}
    for at, owner in enumerate(words_at(source, said, numbers)):
        for number in range(owner[0], owner[1] + 1) if owner else ():
            before = found.get(number, range(at, at))
            found[number] = range(before.start, at + 1)
    return [found.get(number, range(0)) for number in range(sum(is_word))]


def _links(source: str, said: str) -> Iterator[tuple[range, range]]:
    """Which stretch of `source` is said as which stretch of `said`, in order."""
    after, after_said = 0, 0
    matches = matching_positions(folded(source), folded(said))
    for at, at_said in [*matches, (len(source), len(said))]:
        written, meant = range(after, at), range(after_said, at_said)
        said_differently = _without_mark_up(source, written)
        if len(written) == len(meant) and _HAN.fullmatch(source[after:at]):
            # Traditional characters, said as simplified ones.
            yield from (
                (range(a, a + 1), range(b, b + 1)) for a, b in zip(written, meant, strict=True)
            )
        elif said_differently and meant:
            yield said_differently, meant
        elif meant and source:
            # Said, not written: taken into the character before, which called for it.
            place = max(after - 1, 0)
            yield range(place, place + 1), meant
        if at < len(source):
            yield range(at, at + 1), range(at_said, at_said + 1)
        after, after_said = at + 1, at_said + 1


def _without_mark_up(source: str, stretch: range) -> range:
    """A stretch less the spaces, tags and signs of emphasis at its ends."""
    start, stop = stretch.start, stretch.stop
    for mark_up in _MARK_UP.finditer(source, start, stop):
        if mark_up.start() == start:
            start = mark_up.end()
        elif mark_up.end() == stop:
            stop = mark_up.start()
    return range(start, stop)


@cache
def _fold(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character).lower().translate(_SAME_MARK)
    return plain if len(plain) == 1 else character
