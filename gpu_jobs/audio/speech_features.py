"""What a recording sounds like, at the pace of the lips: mel features, loudness, silence."""

from __future__ import annotations

from functools import cache

import numpy as np
import soxr
from numpy.typing import NDArray

from gpu_jobs.audio.mel import BANDS, RATE, STEP, log_mel

FloatArray = NDArray[np.float32]
Times = NDArray[np.float64]

GRID_HZ = RATE // STEP
_CEPSTRA = 20
_CONTEXT = np.arange(-6, 7) * 0.04  # s around each frame; a syllable either way
_QUIET_SHARE = 0.6  # of the loudness range, counted down from the loudest
_LEAST_RANGE = 2.0  # natural-log power between loud and quiet, under which no pause can be told
_CLOSING = 0.06  # s over which lips close into a pause


def frame_times(frames: int, fps: float) -> Times:
    """The middle of each video frame in seconds, (frames,)."""
    return np.asarray((np.arange(frames) + 0.5) / fps, np.float64)


def at_rate(samples: FloatArray, sample_rate: int) -> FloatArray:
    """Mono sound at 16 kHz."""
    if sample_rate == RATE:
        return samples
    return np.asarray(soxr.resample(samples, sample_rate, RATE), np.float32)


def cepstra(samples: FloatArray) -> FloatArray:
    """Cepstra of 16 kHz sound, (N, 20) at 100 Hz, N = 1 + samples // STEP.

    Bands are normalised over the recording's own loud parts, so that microphones compare.
    """
    return _normalised(log_mel(samples)) @ _cosines()


def mouth_features(samples: FloatArray, times: Times) -> FloatArray:
    """Cepstra of 16 kHz sound around each of `times` (T,) in seconds; (T, 260)."""
    averaged = _moving_mean(cepstra(samples), 8)
    index = np.round((times[:, None] + _CONTEXT) * GRID_HZ).astype(int)
    picked = averaged[np.clip(index, 0, len(averaged) - 1)]
    features: FloatArray = picked.reshape(len(times), -1)
    return features


def loudness(samples: FloatArray, times: Times) -> FloatArray:
    """Loudness of 16 kHz sound in the speech band: 0 its quiet parts … 1 its loud ones, (T,)."""
    level, quiet, loud = _level(samples)
    scaled = np.clip((level - quiet) / max(loud - quiet, _LEAST_RANGE), 0, 1)
    read = np.interp(times, np.arange(len(level)) / GRID_HZ, scaled)
    return np.asarray(read, np.float32)


def speaking(samples: FloatArray, times: Times) -> FloatArray:
    """1 while somebody speaks, 0 in pauses, with short ramps; (T,).

    Sound without quiet parts (music, noise) counts as speech throughout, digital silence never.
    """
    level, quiet, loud = _level(samples)
    if loud < np.log(1e-5):
        return np.zeros(len(times), np.float32)
    active = level > loud - _QUIET_SHARE * max(loud - quiet, _LEAST_RANGE)
    reach = round(_CLOSING * GRID_HZ)
    widened = np.convolve(active, np.ones(2 * reach + 1), "same") > 0
    ramped = _moving_mean(widened[:, None].astype(np.float32), reach)[:, 0]
    read = np.interp(times, np.arange(len(level)) / GRID_HZ, ramped)
    return np.asarray(read, np.float32)


def _level(samples: FloatArray) -> tuple[FloatArray, float, float]:
    """Loudness in the speech band at 100 Hz, and its quiet and loud ends."""
    level = _moving_mean(log_mel(samples)[:, 2:28].mean(1, keepdims=True), 5)[:, 0]
    quiet, loud = np.percentile(level, [5, 95])
    return level, float(quiet), float(loud)


def _normalised(mel: FloatArray) -> FloatArray:
    level = mel.mean(1)
    quiet, loud = np.percentile(level, [5, 95])
    active = mel[level >= loud - _QUIET_SHARE * (loud - quiet)]
    scaled: FloatArray = np.clip((mel - active.mean(0)) / (active.std(0) + 1e-3), -4, 3)
    return scaled


def _moving_mean(values: FloatArray, length: int) -> FloatArray:
    """Centred moving mean over the first axis; the ends repeat."""
    before = length // 2
    padded = np.pad(values, ((before, length - before), (0, 0)), "edge")
    total = np.cumsum(padded, 0, dtype=np.float64)
    return np.asarray((total[length:] - total[:-length]) / length, np.float32)


@cache
def _cosines() -> FloatArray:
    """The first 20 columns of the orthonormal DCT-II of 40 bands."""
    band = np.arange(BANDS)[:, None] + 0.5
    waves = np.cos(np.pi * band * np.arange(_CEPSTRA) / BANDS)
    return np.asarray(waves * np.sqrt(2 / BANDS), np.float32)
