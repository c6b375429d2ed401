"""Taking steady noise out of a recording before a speaker is recognised in it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import istft, stft

_WINDOW: Final = 512
_OVERLAP: Final = 384
_QUIET: Final = 0.1
_OVER_SUBTRACTION: Final = 1.5
_LEAST_GAIN: Final = 0.2
_SMOOTHED_FRAMES: Final = 5


def subtract_noise(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """16 kHz audio, shape (N,), without what is heard in its quietest tenth; same length.

    Spectral subtraction with over-subtraction and a floor (Berouti et al. 1979). It roughens the
    sound, so it is for measuring, not for listening.
    """
    spectrum = stft(samples, nperseg=_WINDOW, noverlap=_OVERLAP)[2]
    power = np.abs(spectrum) ** 2
    level = power.sum(axis=0)
    noise = power[:, level <= np.quantile(level, _QUIET)].mean(axis=1, keepdims=True)
    smooth = np.maximum(uniform_filter1d(power, _SMOOTHED_FRAMES, axis=1), 1e-20)
    gain = np.sqrt(np.maximum(1 - _OVER_SUBTRACTION * noise / smooth, _LEAST_GAIN**2))
    cleaned = istft(spectrum * gain, nperseg=_WINDOW, noverlap=_OVERLAP)[1]
    kept: NDArray[np.float32] = cleaned[: len(samples)].astype(np.float32)
    return kept
