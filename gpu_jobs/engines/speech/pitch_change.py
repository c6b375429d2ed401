"""Speech at another pitch in the same voice and time, for a model that has no say in its pitch.

The sound is stretched and played faster by as much, which moves the formants along with the pitch;
the spectral envelope of the original, smoothed in the cepstrum, is then put back.
"""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import istft, stft

from gpu_jobs.engines.speech.stretch import stretched

_WINDOW_SECONDS = 0.03
_OVERLAP = 0.75
_ENVELOPE_SECONDS = 0.002
"""Cepstrum kept as envelope: up to the period of the highest voice."""

_FLOOR = 1e-4  # of the loudest bin; below it nothing is raised
_LARGEST_GAIN = 10.0


def at_pitch(samples: NDArray[np.float32], sample_rate: int, factor: float) -> NDArray[np.float32]:
    """Mono speech (N,) with its fundamental times `factor`; what is said when stays."""
    window = round(_WINDOW_SECONDS * sample_rate) // 2 * 2
    if factor == 1 or len(samples) < window:
        return samples
    longer = stretched(samples, sample_rate, factor)
    moved = np.asarray(soxr.resample(longer, sample_rate * factor, sample_rate), np.float32)
    moved = np.pad(moved, (0, max(0, len(samples) - len(moved))))[: len(samples)]
    form = {"fs": sample_rate, "nperseg": window, "noverlap": round(window * _OVERLAP)}
    _, _, original = stft(samples, **form)
    _, _, spectrum = stft(moved, **form)
    kept = round(_ENVELOPE_SECONDS * sample_rate)
    floor = _FLOOR * max(float(np.abs(original).max()), 1e-9)
    gain = np.exp(_envelope(original, floor, kept) - _envelope(spectrum, floor, kept))
    _, result = istft(spectrum * np.clip(gain, 1 / _LARGEST_GAIN, _LARGEST_GAIN), **form)
    return np.asarray(result[: len(samples)], np.float32)


def _envelope(spectrum: NDArray[np.complex64], floor: float, kept: int) -> NDArray[np.float64]:
    """Smooth logarithm of the magnitude, (bins, frames)."""
    cepstrum = np.fft.irfft(np.log(np.abs(spectrum) + floor), axis=0)
    cepstrum[kept : len(cepstrum) - kept + 1] = 0
    return np.asarray(np.fft.rfft(cepstrum, axis=0).real, np.float64)
