"""When each word of the user's own text is spoken.

Words that were written as one thing ("2026年", said "二零二六年") become one word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dh_text.alignment import NO_WORD, words_at
from gpu_jobs.audio.speech import Phoneme, Syllable, TimedText
from gpu_jobs.engines.speech.phonemes.spoken import Piece

_OPENING = "“‘（(《〈「『【[{<¥￥$€£#@"
"""Marks that belong to the word after them."""

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


def syllables_of(spoken: Iterable[SpokenPiece]) -> tuple[Syllable, ...]:
    """Chinese syllables by their character; those of other words by their sounds."""
    syllables: list[Syllable] = []
    for one in spoken:
        if one.piece.reading is None:
            syllables += map(_syllable, _by_vowels(one.phonemes))
        elif one.phonemes:
            syllable = _syllable(one.phonemes, one.piece.reading)
            is_character = _HAN.fullmatch(one.piece.text) is not None
            syllables.append(replace(syllable, text=one.piece.text) if is_character else syllable)
    return tuple(syllables)


def words_of(source: str, spoken: Sequence[SpokenPiece]) -> tuple[TimedText, ...]:
    """`source` cut into words with their times; empty if nothing of it was spoken."""
    numbers, times = _spoken_words(spoken)
    owners = words_at(source, [one.piece.text for one in spoken], numbers)
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
    """The number of each piece's word (or NO_WORD), and each word's time."""
    numbers: list[int] = []
    times: list[Span] = []
    for one in spoken:
        if not one.phonemes:
            numbers.append(NO_WORD)
            continue
        start, end = one.phonemes[0].start, one.phonemes[-1].end
        if one.piece.joins and times:
            times[-1] = (times[-1][0], end)
        else:
            times.append((start, end))
        numbers.append(len(times) - 1)
    return numbers, times


def _begin(owners: Sequence[object], source: str, at: int) -> int:
    """Where the word whose first spoken character is `at` begins: with its opening marks."""
    while at > 0 and owners[at - 1] is None and source[at - 1] in _OPENING:
        at -= 1
    return at


def _syllable(sounds: Sequence[Phoneme], pinyin: str | None = None) -> Syllable:
    text = "".join(sound.symbol for sound in sounds)
    return Syllable(text, sounds[0].start, sounds[-1].end, pinyin)


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
