"""Longer, shorter, higher or lower: WSOLA (Verhelst and Roelands, ICASSP 1993) and resampling.

For what lies beyond the speeds and pitches that the model itself speaks well.
"""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

_WINDOW_SECONDS = 0.04
_SEARCH_SECONDS = 0.012
"""How far a window may move to fit: a whole period of the lowest voice."""


def shifted(
    samples: NDArray[np.float32], sample_rate: int, semitones: float, factor: float
) -> NDArray[np.float32]:
    """Mono sound `factor` times as long and higher by `semitones`, its timbre with it.

    Played faster it is higher and shorter; the length is then stretched back.
    """
    if semitones == 0:
        return stretched(samples, sample_rate, factor)
    length = round(len(samples) * factor)
    played = soxr.resample(samples, sample_rate * 2 ** (semitones / 12), sample_rate)
    changed = stretched(played.astype(np.float32), sample_rate, length / len(played))
    return np.pad(changed, (0, max(0, length - len(changed))))[:length]


def stretched(samples: NDArray[np.float32], sample_rate: int, factor: float) -> NDArray[np.float32]:
    """Mono sound `factor` times as long, round(N · factor) samples; a moment t moves to t · factor.

    Windows are laid every half window of the result and taken from where they continue the last
    one best, so periods stay whole.
    """
    window = round(_WINDOW_SECONDS * sample_rate) // 2 * 2
    hop, search = window // 2, round(_SEARCH_SECONDS * sample_rate)
    length = round(len(samples) * factor)
    if factor == 1 or len(samples) == 0:
        return samples
    margin = window + search
    padded = np.pad(samples, (margin, 2 * margin + hop))
    shape = np.hanning(window + 1)[:window].astype(np.float32)
    result = np.zeros(length + 2 * window, dtype=np.float32)
    taken = margin - hop
    for start in range(0, length + window, hop):
        wished = margin + round((start - hop) / factor)
        if start:
            wished = _best(padded, taken + hop, min(wished, len(padded) - margin), window, search)
        taken = wished
        result[start : start + window] += padded[taken : taken + window] * shape
    return result[hop : hop + length]


def _best(samples: NDArray[np.float32], natural: int, wished: int, window: int, search: int) -> int:
    """Where near `wished` the sound is most like what would naturally follow."""
    template = samples[natural : natural + window]
    first = max(0, wished - search)
    around = samples[first : wished + search + window]
    if len(template) < window or len(around) <= window:
        return wished
    product = np.correlate(around, template, "valid")
    energy = np.convolve(around**2, np.ones(window, dtype=np.float32), "valid")
    return first + int(np.argmax(product / np.sqrt(energy + 1e-6)))
