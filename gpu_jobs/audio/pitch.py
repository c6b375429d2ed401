"""Where a voice is voiced and how high it is: speech activity and median F0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, uniform_filter1d
from scipy.signal import butter, sosfiltfilt

SAMPLE_RATE = 16_000
LOWEST_HERTZ, HIGHEST_HERTZ = 60.0, 500.0

_FRAME = 640
"""Comparison window of 40 ms; together with the longest lag it spans 57 ms."""
_HOP = 160
_VOICED_BELOW = 0.15
_VAD_WINDOW = 480
_VAD_RANGE_DB = 30.0
_VAD_SMOOTHING = 8
_VAD_DILATION = 7
_SILENT_DBFS = -55.0


def speech_only(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The stretches of 16 kHz audio that hold speech; empty when there is nothing but noise floor.

    A 30 ms window is speech when it is within 30 dB of the loud windows and above -55 dBFS;
    smoothing and dilation as in Resemblyzer keep short pauses.
    """
    count = len(samples) // _VAD_WINDOW
    if count == 0:
        return samples[:0]
    windows = samples[: count * _VAD_WINDOW].reshape(count, _VAD_WINDOW)
    level = 10 * np.log10(np.mean(np.square(windows, dtype=np.float64), axis=1) + 1e-12)
    threshold = max(np.percentile(level, 95) - _VAD_RANGE_DB, _SILENT_DBFS)
    smooth = uniform_filter1d((level > threshold).astype(np.float64), _VAD_SMOOTHING) > 0.5
    active = binary_dilation(smooth, np.ones(_VAD_DILATION))
    kept: NDArray[np.float32] = windows[active].reshape(-1)
    return kept


def median_f0(samples: NDArray[np.float32]) -> float | None:
    """Median fundamental frequency of 16 kHz speech in Hz; None when nothing is voiced.

    YIN (de Cheveigné and Kawahara 2002): cumulative mean normalised difference, the first dip
    under the threshold, parabolic interpolation.
    """
    shortest = int(SAMPLE_RATE / HIGHEST_HERTZ)
    longest = int(SAMPLE_RATE / LOWEST_HERTZ)
    if len(samples) < _FRAME + longest + 2:
        return None
    calm = sosfiltfilt(butter(4, 1000, fs=SAMPLE_RATE, output="sos"), samples)
    difference = _normalised_difference(calm, longest + 2)
    pitches = []
    for row in difference[_is_loud(calm, len(difference))]:
        lag = _first_dip(row, shortest, longest)
        if lag is not None:
            pitches.append(SAMPLE_RATE / lag)
    return float(np.median(pitches)) if pitches else None


def _normalised_difference(samples: NDArray[np.float64], lags: int) -> NDArray[np.float64]:
    """d'(tau) of each frame, shape (frames, lags), 1 at tau = 0."""
    spans = np.lib.stride_tricks.sliding_window_view(samples, _FRAME + lags)[::_HOP]
    size = 1 << (_FRAME + lags).bit_length()
    heads = np.fft.rfft(spans[:, :_FRAME], size, axis=1)
    correlation = np.fft.irfft(np.conj(heads) * np.fft.rfft(spans, size, axis=1), size, axis=1)
    energy = np.cumsum(np.pad(spans**2, ((0, 0), (1, 0))), axis=1)
    shifted = energy[:, _FRAME : _FRAME + lags] - energy[:, :lags]
    difference = np.maximum(shifted[:, :1] + shifted - 2 * correlation[:, :lags], 0.0)
    mean = np.cumsum(difference[:, 1:], axis=1) / np.arange(1, lags)
    normalised = np.ones_like(difference)
    np.divide(difference[:, 1:], mean, out=normalised[:, 1:], where=mean > 1e-12)
    return normalised


def _is_loud(samples: NDArray[np.float64], frames: int) -> NDArray[np.bool_]:
    """Frames within 25 dB of the loud ones: pitch of breath and room tone misleads."""
    spans = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP][:frames]
    power = np.mean(spans**2, axis=1)
    loud: NDArray[np.bool_] = power > np.percentile(power, 95) * 10**-2.5
    return loud


def _first_dip(row: NDArray[np.float64], shortest: int, longest: int) -> float | None:
    """Lag of the bottom of the first dip under the threshold, refined between samples."""
    below = np.flatnonzero(row[shortest : longest + 1] < _VOICED_BELOW)
    if not len(below):
        return None
    lag = shortest + int(below[0])
    while lag < longest and row[lag + 1] < row[lag]:
        lag += 1
    before, at, after = row[lag - 1 : lag + 2]
    curve = before - 2 * at + after
    return lag + (0.5 * float((before - after) / curve) if curve > 0 else 0.0)
