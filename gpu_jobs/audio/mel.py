"""Mel spectra of 16 kHz sound: 40 bands of 25 ms windows, 100 a second, in the two forms in use.

Each form is what a network was trained on: `log_mel` our viseme network, `mel_spectrogram` GE2E.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Hertz = NDArray[np.float64]

RATE = 16_000
STEP = 160
"""Samples from one spectrum to the next."""
BANDS = 40
_WINDOW = 400
_LOG_FFT = 512
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 7600.0
_BLOCK = 1000  # spectra computed at a time


def log_mel(samples: FloatArray) -> FloatArray:
    """Natural-log mel power, (N, 40) at 100 Hz, pre-emphasised, Hamming window."""
    emphasised = np.append(samples[:1], samples[1:] - np.float32(0.97) * samples[:-1])
    half = _WINDOW // 2
    padded = np.pad(emphasised, (half, half + _WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::STEP]
    mel = np.empty((1 + len(samples) // STEP, BANDS), np.float32)
    # In blocks: the spectra of a long speech at once would take a megabyte a second.
    for start in range(0, len(mel), _BLOCK):
        block = slice(start, min(start + _BLOCK, len(mel)))
        power = np.abs(np.fft.rfft(windows[block] * np.hamming(_WINDOW), _LOG_FFT)) ** 2
        mel[block] = np.log(power @ _log_filters().T + 1e-6)
    return mel


def mel_spectrogram(samples: FloatArray) -> FloatArray:
    """Mel power spectrogram (not logarithmic), shape (frames, 40).

    The same numbers as librosa.feature.melspectrogram(n_fft=400, hop_length=160, n_mels=40):
    centred periodic Hann windows over zero padding, Slaney mel scale and area normalisation.
    """
    padded = np.pad(samples, _WINDOW // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::STEP]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)
    power = np.abs(np.fft.rfft(windows * hann, axis=1)) ** 2
    mel: FloatArray = (power @ slaney_filters().T).astype(np.float32)
    return mel


@cache
def slaney_filters() -> NDArray[np.float64]:
    """Triangular filters of unit area, (40, 201)."""
    edges = _slaney_hertz(np.linspace(0, _slaney_mel(RATE / 2), BANDS + 2))
    area = (edges[2:, None] - edges[:-2, None]) / 2
    return _triangles(np.linspace(0, RATE / 2, _WINDOW // 2 + 1), edges) / area


@cache
def _log_filters() -> FloatArray:
    """Filters that are triangles on the mel scale itself, (40, 257)."""
    low, high = _mel(np.array([_LOWEST_HZ, _HIGHEST_HZ]))
    bins = _mel(np.arange(_LOG_FFT // 2 + 1) * RATE / _LOG_FFT)
    return _triangles(bins, np.linspace(low, high, BANDS + 2)).astype(np.float32)


def _triangles(bins: Hertz, edges: Hertz) -> NDArray[np.float64]:
    """How much each of `bins` (F,) counts in each band between `edges` (BANDS + 2,)."""
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)), np.float64)


def _mel(hertz: Hertz) -> NDArray[np.float64]:
    """O'Shaughnessy's mel scale."""
    return np.asarray(2595 * np.log10(1 + hertz / 700), np.float64)


# Slaney's mel scale: linear to 1 kHz (15 mel), then 27 mel to each factor of 6.4.
_LINEAR_HERTZ = 200 / 3
_LOG_STEP = np.log(6.4) / 27


def _slaney_mel(hertz: float) -> float:
    if hertz < 1000:
        return hertz / _LINEAR_HERTZ
    return float(15 + np.log(hertz / 1000) / _LOG_STEP)


def _slaney_hertz(mel: NDArray[np.float64]) -> Hertz:
    hertz: Hertz = np.where(mel < 15, mel * _LINEAR_HERTZ, 1000 * np.exp(_LOG_STEP * (mel - 15)))
    return hertz
