"""Parts of what was spoken in one go made slower, higher or louder than their neighbours.

A sentence is spoken as a whole, since few words alone are spoken badly, and then changed where its
prosody is another: in time by WSOLA, in pitch with the timbre kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.pitch_change import transposed
from gpu_jobs.audio.speech import Phoneme
from gpu_jobs.audio.stretch import stretched
from gpu_jobs.engines.speech.phonemes.pauses import CROSS_FADE_SECONDS, joined
from gpu_jobs.engines.speech.phonemes.spoken import Piece
from gpu_jobs.engines.speech.prosody import Prosody

_RAMP_SECONDS = 0.02
"""In which one volume turns into another."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """As many neighbouring sounds that are spoken alike."""

    sounds: int
    prosody: Prosody


def stretches(pieces: Iterable[Piece], prosody: Prosody) -> list[Stretch]:
    """The sounds of a group by how they are to be spoken, when `prosody` is asked for all."""
    heard = ((piece.prosody, piece.sounds) for piece in pieces if piece.sounds)
    return [
        Stretch(sum(sounds for _, sounds in alike), prosody.with_(local))
        for local, alike in groupby(heard, lambda pair: pair[0])
    ]


def main_prosody(parts: Sequence[Stretch], asked: Prosody) -> Prosody:
    """What a group is spoken with, before its parts are changed: what is `asked` for all of the
    text if any part is to keep to it, else that of most sounds."""
    return max(parts, key=lambda part: (part.prosody == asked, part.sounds)).prosody


def speeds(parts: Iterable[Stretch]) -> list[float]:
    """The speed of each sound."""
    return [part.prosody.speed for part in parts for _ in range(part.sounds)]


def changed(
    samples: NDArray[np.float32],
    sample_rate: int,
    phonemes: Sequence[Phoneme],
    parts: Sequence[Stretch],
    spoken: Prosody,
) -> tuple[NDArray[np.float32], list[Phoneme]]:
    """Bring speech that was spoken at `spoken` speed and pitch to those of its parts.

    Parts meet in the middle between two sounds, cross-faded.
    """
    edges = [0, *(round(edge * sample_rate) for edge in _edges(phonemes, parts)), len(samples)]
    pieces: list[NDArray[np.float32]] = []
    moved: list[Phoneme] = []
    done = 0
    for part, (start, stop) in zip(parts, pairwise(edges), strict=True):
        factor = spoken.speed / part.prosody.speed
        overlap = 0 if stop == len(samples) else round(CROSS_FADE_SECONDS * sample_rate)
        length = round((stop - start) * factor)
        piece = samples[start : stop + round(overlap / factor)]
        piece = transposed(piece, sample_rate, part.prosody.pitch - spoken.pitch)
        piece = stretched(piece, sample_rate, factor)[: length + overlap]
        pieces.append(np.pad(piece, (0, length + overlap - len(piece))))
        for one in phonemes[len(moved) : len(moved) + part.sounds]:
            first, last = ((at - start / sample_rate) * factor for at in (one.start, one.end))
            moved.append(Phoneme(one.symbol, done / sample_rate + first, done / sample_rate + last))
        done += length
    return joined(pieces, sample_rate), moved


def gains(
    phonemes: Sequence[Phoneme], parts: Sequence[Stretch], length: int, sample_rate: int
) -> float | NDArray[np.float32]:
    """How loud each of `length` samples is to be."""
    levels = [part.prosody.gain for part in parts]
    if len(set(levels)) == 1:
        return levels[0]
    ramp = _RAMP_SECONDS / 2
    times = [at for edge in _edges(phonemes, parts) for at in (edge - ramp, edge + ramp)]
    values = [level for level in levels for _ in range(2)][1:-1]
    moments = np.arange(length) / sample_rate
    return np.interp(moments, times, values).astype(np.float32)


def _edges(phonemes: Sequence[Phoneme], parts: Sequence[Stretch]) -> list[float]:
    """The moments at which one part ends and the next begins."""
    counts = np.cumsum([part.sounds for part in parts[:-1]])
    return [(phonemes[at - 1].end + phonemes[at].start) / 2 for at in counts]
