"""How long speech rests at which punctuation mark, and making a spoken group keep to it.

The model rests as it likes, 0 to 1 s at a comma. Rests are brought into a range of each mark, so
that comma < semicolon < sentence < paragraph, and no dead air is left that the text does not ask
for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.speech import Phoneme
from gpu_jobs.engines.speech.phonemes.alphabet import PAUSES, is_sound
from gpu_jobs.engines.speech.phonemes.spoken import Piece

CLAUSE_PAUSE = 0.24
PARAGRAPH_PAUSE = 0.60

_RANGES = (
    (".!?…", 0.42, 0.56),
    (";:—", 0.30, 0.42),
    (",", 0.14, 0.30),
    ('"()“”', 0.03, 0.16),
)
"""Shortest and longest rest in seconds at natural speed, the strongest marks first."""

MARGIN_SECONDS = 0.06
"""Kept before the first and after the last audible moment of what is spoken in one go."""

CROSS_FADE_SECONDS = 0.01
_FADE_SECONDS = 0.005


def rest_after(symbols: str) -> float:
    """Seconds of rest after a sentence that ends with these symbols."""
    mark = next((symbol for symbol in reversed(symbols) if symbol in ".!?…;:—"), ".")
    return 0.36 if mark in ";:—" else 0.48


def silence(seconds: float, sample_rate: int) -> NDArray[np.float32]:
    """What makes a rest of `seconds` between two sounds that keep their margins."""
    rest = max(seconds - 2 * MARGIN_SECONDS, 0.0)
    return np.zeros(round(rest * sample_rate), dtype=np.float32)


def cut_out(
    samples: NDArray[np.float32], first: float, last: float, sample_rate: int
) -> tuple[NDArray[np.float32], float]:
    """What lies between two moments and their margins, with faded ends; and when it begins."""
    start = max(0, round((first - MARGIN_SECONDS) * sample_rate))
    cut = samples[start : round((last + MARGIN_SECONDS) * sample_rate)].copy()
    fade = min(round(_FADE_SECONDS * sample_rate), len(cut))
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    cut[: len(ramp)] *= ramp
    cut[-len(ramp) :] *= ramp[::-1]
    return cut, start / sample_rate


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands between two sounds: marks, and pauses that are asked for."""

    marks: str = ""
    breaks: tuple[float, ...] = ()

    def natural(self, rest: float, speed: float) -> float:
        """The rest that is made without being asked for, where the voice makes `rest`."""
        if 0.0 in self.breaks or (self.breaks and not self.marks):
            return 0.0
        return _wanted(rest, self.marks, speed)

    def wanted(self, rest: float, speed: float) -> float:
        """The whole rest."""
        return self.natural(rest, speed) + sum(self.breaks)


def gaps_of(pieces: Iterable[Piece]) -> list[Gap]:
    """What stands before the first sound, between each two, and after the last."""
    gaps = [Gap()]
    for piece in pieces:
        if piece.rest is not None:
            gaps[-1] = replace(gaps[-1], breaks=(*gaps[-1].breaks, piece.rest))
            continue
        for symbol in piece.symbols:
            if is_sound(symbol):
                gaps.append(Gap())
            elif symbol in PAUSES:
                gaps[-1] = replace(gaps[-1], marks=gaps[-1].marks + symbol)
    return gaps


def rest_between(group_pause: float, after: Gap, before: Gap, speed: float) -> float:
    """The rest between two groups, the one that ends with `after` and the one of `before`."""
    breaks = (*after.breaks, *before.breaks)
    return (0.0 if 0.0 in breaks else group_pause / speed) + sum(breaks)


def keep_rests(
    samples: NDArray[np.float32],
    sample_rate: int,
    phonemes: Sequence[Phoneme],
    wanted: Sequence[float],
) -> tuple[NDArray[np.float32], list[Phoneme]]:
    """Cut or lengthen the rests inside a group to those `wanted` between its sounds.

    Cuts are cross-faded in the middle of the rest, where it is quietest.
    """
    parts: list[NDArray[np.float32]] = []
    moved = [phonemes[0]]
    done, shift = 0, 0.0
    for (before, after), wanted_rest in zip(pairwise(phonemes), wanted, strict=True):
        rest = after.start - before.end
        if abs(wanted_rest - rest) > 2 * CROSS_FADE_SECONDS:
            middle = (before.end + after.start) / 2
            parts, done = _change(parts, samples, done, middle, wanted_rest - rest, sample_rate)
            shift += wanted_rest - rest
        moved.append(Phoneme(after.symbol, after.start + shift, after.end + shift))
    return joined([*parts, samples[done:]], sample_rate), moved


def _wanted(rest: float, marks: str, speed: float) -> float:
    for family, shortest, longest in _RANGES:
        if any(mark in family for mark in marks):
            return float(np.clip(rest, shortest / speed, longest / speed))
    return min(rest, 0.16 / speed) if rest > 0.16 / speed else rest


def _change(
    parts: list[NDArray[np.float32]],
    samples: NDArray[np.float32],
    done: int,
    middle: float,
    change: float,
    sample_rate: int,
) -> tuple[list[NDArray[np.float32]], int]:
    """Cut `change` seconds around `middle` out, or put them in; answers where to go on.

    A join costs one cross-fade, so pieces overlap by that much.
    """
    fade = round(CROSS_FADE_SECONDS * sample_rate)
    at, amount = round(middle * sample_rate), round(change * sample_rate)
    if amount >= 0:
        silence = np.zeros(amount + fade, dtype=np.float32)
        return [*parts, samples[done : at + fade // 2], silence], at - fade + fade // 2
    stop = at + amount // 2 + fade
    return [*parts, samples[done:stop]], stop - amount - fade


def joined(parts: Sequence[NDArray[np.float32]], sample_rate: int) -> NDArray[np.float32]:
    """Pieces one after the other, each overlapping the last by one linear cross-fade."""
    fade = round(CROSS_FADE_SECONDS * sample_rate)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    whole = [parts[0]]
    for part in parts[1:]:
        last = whole[-1]
        overlap = last[-fade:] * ramp[::-1] + part[:fade] * ramp
        whole[-1:] = [last[:-fade], overlap, part[fade:]]
    return np.concatenate(whole)
