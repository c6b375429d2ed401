"""When each word of the user's own text is spoken.

Speech follows a normalised text ("二零二六年"), a reader knows what was written ("2026年"). Both
are aligned by their characters; what differs between two equal characters was one rewriting, and
the words that it touches become one word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from gpu_jobs.audio.speech import Phoneme, TimedText
from gpu_jobs.engines.speech.phonemes.alignment import matching_positions
from gpu_jobs.engines.speech.phonemes.spoken import Piece

_OPENING = "“‘（(《〈「『【[{<¥￥$€£#@"
"""Marks that belong to the word after them."""

_SAME_MARK = str.maketrans(
    {"。": ".", "、": ",", "《": "“", "》": "”", "「": "“", "」": "”", "『": "“", "』": "”"}
)
_HAN = re.compile(r"[\u3400-\u9fff]+")
_VOWELS = frozenset("aɑɛeəɤiɨɪoɔuʊyʌæᵊᵻɜɚAIOWY")

Span = tuple[float, float]
"""Start and end in seconds."""


@dataclass(frozen=True, slots=True)
class SpokenPiece:
    """A piece and the phonemes that it became; none for marks."""

    piece: Piece
    phonemes: tuple[Phoneme, ...]


def spoken_pieces(pieces: Iterable[Piece], phonemes: Sequence[Phoneme]) -> Iterator[SpokenPiece]:
    """Share the phonemes of one group among its pieces, whose sounds they are, in order."""
    at = 0
    for piece in pieces:
        yield SpokenPiece(piece, tuple(phonemes[at : at + piece.sounds]))
        at += piece.sounds


def syllables_of(spoken: Iterable[SpokenPiece]) -> tuple[TimedText, ...]:
    """Chinese syllables by their character; those of other words by their sounds."""
    syllables: list[TimedText] = []
    for one in spoken:
        if _HAN.fullmatch(one.piece.text) and len(one.piece.text) == 1 and one.phonemes:
            syllables.append(_spanning(one.piece.text, one.phonemes))
            continue
        for sounds in _by_vowels(one.phonemes):
            syllables.append(_spanning("".join(sound.symbol for sound in sounds), sounds))
    return tuple(syllables)


def words_of(source: str, spoken: Sequence[SpokenPiece]) -> tuple[TimedText, ...]:
    """`source` cut into words with their times; empty if nothing of it was spoken."""
    numbers, times = _spoken_words(spoken)
    owners = _owners(source, spoken, numbers)
    leader = list(range(len(times)))
    for low, high in filter(None, owners):
        leader[low : high + 1] = [leader[low]] * (high + 1 - low)
    places: dict[int, int] = {}
    for at, owner in enumerate(owners):
        if owner is not None:
            places.setdefault(leader[owner[0]], _begin(owners, source, at))
    if not places:
        return ()
    ends = {first: end for first, (_start, end) in zip(leader, times, strict=True)}
    cuts = [0, *list(places.values())[1:], len(source)]
    return tuple(
        TimedText(source[begin:end], times[first][0], ends[first])
        for first, (begin, end) in zip(places, pairwise(cuts), strict=True)
    )


def _spoken_words(spoken: Iterable[SpokenPiece]) -> tuple[list[int], list[Span]]:
    """The number of each piece's word (-1 for none), and each word's time."""
    numbers: list[int] = []
    times: list[Span] = []
    for one in spoken:
        if not one.phonemes:
            numbers.append(-1)
            continue
        start, end = one.phonemes[0].start, one.phonemes[-1].end
        if one.piece.joins and times:
            times[-1] = (times[-1][0], end)
        else:
            times.append((start, end))
        numbers.append(len(times) - 1)
    return numbers, times


def _owners(
    source: str, spoken: Sequence[SpokenPiece], numbers: Sequence[int]
) -> list[tuple[int, int] | None]:
    """The first and last word that each character of `source` stands for; None for a mark."""
    said = "".join(one.piece.text for one in spoken)
    word_at = [number for one, number in zip(spoken, numbers, strict=True) for _ in one.piece.text]
    owners: list[tuple[int, int] | None] = [None] * len(source)
    for written, meant in _links(source, said):
        words = [word_at[at] for at in meant if word_at[at] >= 0]
        for at in written if words else ():
            before = owners[at] or (words[0], words[-1])
            owners[at] = (before[0], words[-1])
    return owners


def _links(source: str, said: str) -> Iterator[tuple[range, range]]:
    """Which stretch of `source` is said as which stretch of `said`, in order."""
    after, after_said = 0, 0
    matches = matching_positions(folded(source), folded(said))
    for at, at_said in [*matches, (len(source), len(said))]:
        written, meant = range(after, at), range(after_said, at_said)
        if len(written) == len(meant) and _HAN.fullmatch(source[after:at]):
            # Traditional characters, said as simplified ones.
            yield from (
                (range(a, a + 1), range(b, b + 1)) for a, b in zip(written, meant, strict=True)
            )
        elif written and meant:
            yield _without_spaces(source, written), meant
        elif meant and source:
            # Said, not written: taken into the character before, which called for it.
            place = max(after - 1, 0)
            yield range(place, place + 1), meant
        if at < len(source):
            yield range(at, at + 1), range(at_said, at_said + 1)
        after, after_said = at + 1, at_said + 1


def _without_spaces(source: str, stretch: range) -> range:
    inner = source[stretch.start : stretch.stop]
    start = stretch.start + len(inner) - len(inner.lstrip())
    return range(start, max(start, stretch.stop - len(inner) + len(inner.rstrip())))


def _begin(owners: Sequence[object], source: str, at: int) -> int:
    """Where the word whose first spoken character is `at` begins: with its opening marks."""
    while at > 0 and owners[at - 1] is None and source[at - 1] in _OPENING:
        at -= 1
    return at


def folded(text: str) -> str:
    """Characters that are read alike made equal, one for one."""
    return "".join(map(_fold, text))


@cache
def _fold(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character).lower().translate(_SAME_MARK)
    return plain if len(plain) == 1 else character


def _spanning(text: str, sounds: Sequence[Phoneme]) -> TimedText:
    return TimedText(text, sounds[0].start, sounds[-1].end)


def _by_vowels(phonemes: Sequence[Phoneme]) -> list[list[Phoneme]]:
    """Sounds grouped around their vowels; the consonant before a vowel goes with it."""
    syllables: list[list[Phoneme]] = []
    onset: list[Phoneme] = []
    for phoneme in phonemes:
        if phoneme.symbol not in _VOWELS:
            onset.append(phoneme)
        elif not syllables:
            syllables.append([*onset, phoneme])
            onset = []
        else:
            syllables[-1] += onset[:-1]
            syllables.append([*onset[-1:], phoneme])
            onset = []
    if not syllables:
        return [onset] if onset else []
    syllables[-1] += onset
    return syllables
