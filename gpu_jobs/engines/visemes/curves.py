"""What the lips do while phonemes sound: opening and width over time. Pure.

Every engine that draws a mouth (portrait, lip-sync with synthesised speech) reads these curves.
Coarticulation follows Cohen & Massaro 1993, "Modeling coarticulation in synthetic visual speech":
each sound pulls toward its own target with its own dominance, so an /h/ takes the shape of its
vowel while an /u/ rounds its neighbours. What must be seen is then forced: lips meet in p, b, m,
the lower lip meets the teeth in f, v, and the mouth is shut where nothing sounds.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.speech import Phoneme

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]

NEUTRAL_WIDTH = 0.5
GRID_HZ = 200
TAIL = 0.5  # s of grid after the last sound; longer than any smoothing kernel
OPENING_SIGMA = 0.035  # s; lips move at about 5 Hz, so a 100 ms vowel reaches most of its target
WIDTH_SIGMA = 0.055  # s; rounding spreads further than the jaw moves
SHORTEST_PAUSE = 0.16  # s; a shorter gap is a word boundary, through which the mouth keeps moving
CLOSING_TIME = 0.035  # s before and after speech in which the mouth may still be open
SHORTEST_CLOSURE = 0.055  # s; longer than a frame at 20 fps, so that one frame shows it
CLOSURE_RAMP = 0.045  # s from free to closed
LABIODENTAL_OPENING = 0.12


@dataclass(frozen=True, slots=True)
class Viseme:
    """Lip target of one sound: `opening` 0 shut…1 wide, `width` 0 rounded…1 spread.

    `dominance` says how strongly it pulls against its neighbours.
    """

    opening: float
    width: float
    dominance: float = 1.0


@dataclass(frozen=True, slots=True)
class VisemeCurves:
    """One value per asked time; every array is float32 of shape (T,) in 0…1.

    `opening`, `width` (0.5 at rest), `speaking` (0 where the mouth must be shut),
    `closed` (1 where the lips must touch: p, b, m).
    """

    opening: Float32
    width: Float32
    speaking: Float32
    closed: Float32

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """One after the other; at least one."""
        return cls(
            np.concatenate([part.opening for part in parts]),
            np.concatenate([part.width for part in parts]),
            np.concatenate([part.speaking for part in parts]),
            np.concatenate([part.closed for part in parts]),
        )


BILABIALS = frozenset("pbm")
LABIODENTALS = frozenset("fvʋɸβ")

# Kokoro's alphabet (kokoro-vocab.json in weights.lock), which holds misaki's Mandarin and English.
# Capitals are its diphthongs: A = eɪ, I = aɪ, O = oʊ, Q = əʊ, W = aʊ, Y = ɔɪ, S and T = palatal
# variants; ʨ = tɕ, ꭧ = tʂ, ʦ = ts.
_GROUPS: tuple[tuple[str, Viseme], ...] = (
    ("pbm", Viseme(0.0, 0.45, 0.9)),
    ("fvʋɸβ", Viseme(LABIODENTAL_OPENING, 0.5, 0.9)),
    ("aɑæʌɐ", Viseme(1.0, 0.6)),
    ("AI", Viseme(0.85, 0.65)),
    ("W", Viseme(0.85, 0.4)),
    ("ɛe", Viseme(0.65, 0.7)),
    ("əɤɜᵊᵻɯ", Viseme(0.5, 0.55, 0.8)),
    ("ɚ", Viseme(0.45, 0.45)),
    ("iɪj", Viseme(0.25, 0.85)),
    ("ɨ", Viseme(0.2, 0.6)),
    ("uʊw", Viseme(0.25, 0.05, 1.3)),
    ("oɔOQYɒ", Viseme(0.55, 0.15, 1.2)),
    ("øœ", Viseme(0.45, 0.15, 1.2)),
    ("yɥ", Viseme(0.2, 0.05, 1.3)),
    ("tdnlszθðɾTʈɖɳɽ", Viseme(0.22, 0.55, 0.6)),
    ("ʃʒʧʤʂʐɻɹrSʥ", Viseme(0.25, 0.3, 0.8)),
    ("ꭧ", Viseme(0.22, 0.35, 0.8)),
    ("ɕʨʦʣçʝɟcɲʎ", Viseme(0.2, 0.6, 0.7)),
    ("kɡgŋxhχqɣɰɴʁʔ", Viseme(0.35, 0.5, 0.3)),
)
VISEMES: dict[str, Viseme] = {symbol: shape for group, shape in _GROUPS for symbol in group}
# Marks carry time but no shape of their own: tones and length prolong the sound before them,
# stress and aspiration already belong to the sound after them.
MARKS_OF_PREVIOUS = frozenset("ː→↓↗↘ʲ\u0303ᵝ")
MARKS_OF_NEXT = frozenset("ˈˌʰ")


@dataclass(frozen=True, slots=True)
class _Sound:
    viseme: Viseme
    start: float
    end: float
    bilabial: bool = False
    labiodental: bool = False


def viseme_curves(phonemes: Sequence[Phoneme], times: Float64) -> VisemeCurves:
    """Lip curves of `phonemes` (ordered in time), read at `times` (seconds, shape (T,))."""
    sounds = _close_short_gaps(_sounds(phonemes))
    if not sounds:
        zero = np.zeros(len(times), np.float32)
        return VisemeCurves(zero, np.full(len(times), NEUTRAL_WIDTH, np.float32), zero, zero)
    grid = np.arange(int(np.ceil((sounds[-1].end + TAIL) * GRID_HZ)) + 1) / GRID_HZ
    speaking = _trapezoid_union([(s.start, s.end) for s in sounds], CLOSING_TIME, grid)
    closed = _trapezoid_union([_closure(s) for s in sounds if s.bilabial], CLOSURE_RAMP, grid)
    pressed = _trapezoid_union([_closure(s) for s in sounds if s.labiodental], CLOSURE_RAMP, grid)
    opening = _coarticulated([s.viseme.opening for s in sounds], sounds, OPENING_SIGMA, grid)
    width = _coarticulated([s.viseme.width for s in sounds], sounds, WIDTH_SIGMA, grid)
    opening = np.minimum(opening, 1 - (1 - LABIODENTAL_OPENING) * pressed)
    opening *= (1 - closed) * speaking
    width = NEUTRAL_WIDTH + (width - NEUTRAL_WIDTH) * speaking
    return VisemeCurves(
        _read(opening, grid, times),
        _read(width, grid, times, outside=NEUTRAL_WIDTH),
        _read(speaking, grid, times),
        _read(closed, grid, times),
    )


def _sounds(phonemes: Sequence[Phoneme]) -> list[_Sound]:
    """The phonemes that have a lip shape, each with the time of the marks that belong to it."""
    sounds: list[_Sound] = []
    pending: float | None = None
    for phoneme in phonemes:
        base = next((c for c in phoneme.symbol if c in VISEMES), None)
        if base is not None:
            start = phoneme.start if pending is None else pending
            sounds.append(
                _Sound(VISEMES[base], start, phoneme.end, base in BILABIALS, base in LABIODENTALS)
            )
            pending = None
        elif phoneme.symbol in MARKS_OF_NEXT:
            pending = phoneme.start if pending is None else pending
        elif phoneme.symbol in MARKS_OF_PREVIOUS and sounds:
            sounds[-1] = _until(sounds[-1], phoneme.end)
    return sounds


def _close_short_gaps(sounds: list[_Sound]) -> list[_Sound]:
    """Let each sound last until the next one where the gap between them is no pause."""
    joined: list[_Sound] = []
    for sound, following in itertools.zip_longest(sounds, sounds[1:]):
        if following is not None and following.start - sound.end < SHORTEST_PAUSE:
            joined.append(_until(sound, max(sound.end, following.start)))
        else:
            joined.append(sound)
    return joined


def _until(sound: _Sound, end: float) -> _Sound:
    return _Sound(sound.viseme, sound.start, end, sound.bilabial, sound.labiodental)


def _closure(sound: _Sound) -> tuple[float, float]:
    """When the lips touch: the first part of the sound (the rest is release), never too short."""
    length = max(0.7 * (sound.end - sound.start), SHORTEST_CLOSURE)
    middle = sound.start + 0.4 * (sound.end - sound.start)
    return middle - length / 2, middle + length / 2


def _coarticulated(
    targets: Sequence[float], sounds: Sequence[_Sound], sigma: float, grid: Float64
) -> Float64:
    """Dominance-weighted Gaussian blend of the targets over `grid`; shape (G,)."""
    weight = np.full(len(grid), 1e-6)
    pull = np.zeros(len(grid))
    for sound, target in zip(sounds, targets, strict=True):
        first = int(sound.start * GRID_HZ)
        last = max(round(sound.end * GRID_HZ), first + 1)
        weight[first:last] = sound.viseme.dominance
        pull[first:last] = sound.viseme.dominance * target
    reach = int(3 * sigma * GRID_HZ)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (sigma * GRID_HZ)) ** 2)
    blended: Float64 = np.convolve(pull, kernel, "same") / np.convolve(weight, kernel, "same")
    return blended


def _trapezoid_union(
    intervals: Sequence[tuple[float, float]], ramp: float, grid: Float64
) -> Float64:
    """1 inside the intervals, falling linearly to 0 within `ramp` seconds outside them."""
    result = np.zeros(len(grid))
    for start, end in intervals:
        first = max(int((start - ramp) * GRID_HZ), 0)
        last = int((end + ramp) * GRID_HZ) + 2
        t = grid[first:last]
        distance = np.maximum(np.maximum(start - t, t - end), 0.0)
        result[first:last] = np.maximum(result[first:last], np.clip(1 - distance / ramp, 0, 1))
    return result


def _read(curve: Float64, grid: Float64, times: Float64, outside: float = 0.0) -> Float32:
    read: Float64 = np.interp(times, grid, curve, left=outside, right=outside)
    return read.astype(np.float32)
