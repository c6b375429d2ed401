"""Loudness and peaks of finished speech: -16 LUFS, true peak under -1 dBTP."""

from __future__ import annotations

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d, uniform_filter1d
from scipy.signal import resample_poly

LOUDNESS_LUFS = -16.0
PEAK_DBTP = -1.2
"""A little under the promised -1 dB, for 16-bit rounding and a codec's ripple."""

_OVERSAMPLING = 4
_LOOK_AHEAD_SECONDS = 0.004
_PASSES = 2
_BLOCK_SECONDS = 0.4


def master(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Bring mono speech to LOUDNESS_LUFS and keep its true peak at PEAK_DBTP; same length.

    Limiting costs a little loudness, so gain and limiter run twice. Silence stays silence.
    """
    mastered = samples
    for _ in range(_PASSES):
        loudness = integrated_loudness(mastered, sample_rate)
        if not np.isfinite(loudness):
            return samples
        gain = 10 ** ((LOUDNESS_LUFS - loudness) / 20)
        mastered = limit(mastered * np.float32(gain), sample_rate)
    return mastered


def integrated_loudness(samples: NDArray[np.float32], sample_rate: int) -> float:
    """Loudness by ITU-R BS.1770-4 in LUFS; -inf in silence. Shorter than a block is repeated."""
    block = int(sample_rate * _BLOCK_SECONDS) + 1
    if len(samples) == 0:
        return float("-inf")
    tiled = np.tile(samples, -(-block // len(samples)))
    return float(pyloudnorm.Meter(sample_rate).integrated_loudness(tiled))


def limit(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Turn the gain down around every true peak over PEAK_DBTP, smoothly and ahead of it.

    The gain at each sample is the mean over a window of gains that are each low enough for the
    whole window, so no peak gets through.
    """
    ceiling = 10 ** (PEAK_DBTP / 20)
    peaks = np.abs(resample_poly(samples, _OVERSAMPLING, 1))
    peaks = maximum_filter1d(peaks, 2 * _OVERSAMPLING + 1)[::_OVERSAMPLING][: len(samples)]
    wanted = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    window = int(sample_rate * _LOOK_AHEAD_SECONDS) | 1
    gain = uniform_filter1d(minimum_filter1d(wanted, window), window)
    limited: NDArray[np.float32] = (samples * gain).astype(np.float32)
    return limited


def true_peak(samples: NDArray[np.float32]) -> float:
    """Largest absolute value between and at the samples (4x oversampled), linear."""
    return float(np.max(np.abs(resample_poly(samples, _OVERSAMPLING, 1)), initial=0.0))
