"""Which tone was spoken: the F0 curve of one syllable against the four shapes of Mandarin.

The listener's language model hides wrong tones, so they are read from the sound. In semitones
around the speaker's median: 1 high and level, 2 rising, 3 low (falling or dipping), 4 falling.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import soxr
from numpy.typing import NDArray

from gpu_jobs.engines.speech.pitch import median_f0
from gpu_jobs.timeline import Phoneme, Speech

_RATE = 16_000
_SPAN_SECONDS = 0.075
"""Length of sound that one F0 value needs (see pitch.median_f0)."""


def contour(speech: Speech, start: float, end: float) -> NDArray[np.float64]:
    """F0 in Hz at up to eight moments from `start` to `end` seconds; unvoiced ones are left out."""
    sound = soxr.resample(speech.samples, speech.sample_rate, _RATE).astype(np.float32)
    half = _SPAN_SECONDS / 2
    values = []
    for moment in np.linspace(start + half / 2, end - half / 2, 8):
        first, last = (round((moment + side) * _RATE) for side in (-half, half))
        f0 = median_f0(sound[max(first, 0) : last])
        if f0 is not None:
            values.append(f0)
    return np.array(values)


def speaker_median(speech: Speech) -> float:
    """Median F0 of a whole recording, Hz."""
    sound = soxr.resample(speech.samples, speech.sample_rate, _RATE).astype(np.float32)
    return median_f0(sound) or 1.0


def tone_of(f0: NDArray[np.float64], median: float) -> int:
    """1-4 by level and movement of a curve; 0 with fewer than three values."""
    if len(f0) < 3:
        return 0
    steps = 12 * np.log2(f0 / median)
    head, tail = float(np.mean(steps[: max(1, len(steps) // 3)])), float(np.mean(steps[-2:]))
    lowest, mean = float(steps.min()), float(steps.mean())
    shapes = {
        1: abs(tail - head) + max(0.0, 1.0 - mean),
        2: max(0.0, 2.0 - (tail - min(head, lowest))) * 2 + max(0.0, head - tail),
        3: max(0.0, mean + 2.0) + max(0.0, tail),
        4: max(0.0, 3.0 - (head - tail)) + max(0.0, -head),
    }
    return min(shapes, key=lambda tone: shapes[tone])


def syllable_span(phonemes: tuple[Phoneme, ...], rest: float = 0.1) -> tuple[float, float]:
    """The last syllable before the first rest of a phrase: its vowels and voiced sounds."""
    last = next(i for i, (a, b) in enumerate(pairwise(phonemes)) if b.start - a.end > rest)
    first = last
    while first > 0 and phonemes[first - 1].symbol in "aɑɛeəɤiɨɪoɔuʊyjwɥ" and last - first < 3:
        first -= 1
    return phonemes[first].start, phonemes[last].end
