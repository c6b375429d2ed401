"""Speech at another pitch in the same voice and time, for a model that has no say in its pitch.

`stretch.shifted` moves the formants along with the pitch; the spectral envelope of the original,
smoothed in the cepstrum, is put back here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import istft, stft

from gpu_jobs.audio.stretch import shifted

_WINDOW_SECONDS = 0.03
_OVERLAP = 0.75
_ENVELOPE_SECONDS = 0.002
"""Cepstrum kept as envelope: up to the period of the highest voice."""

_FLOOR = 1e-4  # of the loudest bin; below it nothing is raised
_LARGEST_GAIN = 10.0


def transposed(
    samples: NDArray[np.float32], sample_rate: int, semitones: float
) -> NDArray[np.float32]:
    """Mono speech (N,) higher by `semitones`; its timbre and level stay, and what is said when.

    The envelope, put back, would change the level by up to 9 dB.
    """
    window = round(_WINDOW_SECONDS * sample_rate) // 2 * 2
    if semitones == 0 or len(samples) < window:
        return samples
    moved = shifted(samples, sample_rate, semitones, 1.0)
    form = {"fs": sample_rate, "nperseg": window, "noverlap": round(window * _OVERLAP)}
    _, _, original = stft(samples, **form)
    _, _, spectrum = stft(moved, **form)
    kept = round(_ENVELOPE_SECONDS * sample_rate)
    floor = _FLOOR * max(float(np.abs(original).max()), 1e-9)
    gain = np.exp(_envelope(original, floor, kept) - _envelope(spectrum, floor, kept))
    _, result = istft(spectrum * np.clip(gain, 1 / _LARGEST_GAIN, _LARGEST_GAIN), **form)
    changed = result[: len(samples)]
    level = _rms(samples) / max(_rms(changed), 1e-9)
    return np.asarray(changed * level, np.float32)


def _rms(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def _envelope(spectrum: NDArray[np.complex64], floor: float, kept: int) -> NDArray[np.float64]:
    """Smooth logarithm of the magnitude, (bins, frames)."""
    cepstrum = np.fft.irfft(np.log(np.abs(spectrum) + floor), axis=0)
    cepstrum[kept : len(cepstrum) - kept + 1] = 0
    return np.asarray(np.fft.rfft(cepstrum, axis=0).real, np.float64)
