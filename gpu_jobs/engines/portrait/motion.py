"""When the eyes blink and how the head sways. Pure, and the same for the same speech."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.visemes import NEUTRAL_WIDTH, VisemeCurves, viseme_curves
from gpu_jobs.timeline import Speech

Floats = NDArray[np.float32]

BLINK_SECONDS = 0.24
BLINK_PAUSES = (2.2, 4.8)  # s between blinks; adults blink 12-20 times a minute while speaking
SWAY = 0.010  # amplitude, in units of the distance between the outer corners of the eyes
NOD = 0.014  # how far loudness lowers the head
ROLL = 0.006  # rad
_ENVELOPE_SECONDS = 0.06


@dataclass(frozen=True, slots=True)
class HeadMotion:
    """Per frame, float32 (T,): shifts in eye distances (x right, y down), roll in radians."""

    x: Floats
    y: Floats
    roll: Floats


def mouth_curves(speech: Speech, times: NDArray[np.float64]) -> VisemeCurves:
    """From the phonemes where they are known, else from the loudness of recorded speech."""
    if speech.phonemes:
        return viseme_curves(speech.phonemes, times)
    loud = loudness(speech, times)
    speaking = np.clip((loud - 0.08) * 12, 0, 1).astype(np.float32)
    opening = (0.75 * loud * speaking).astype(np.float32)
    still = np.full(len(times), NEUTRAL_WIDTH, np.float32)
    return VisemeCurves(opening, still, speaking, np.zeros_like(still))


def loudness(speech: Speech, times: NDArray[np.float64]) -> Floats:
    """Short-time level of the sound at `times`: 0 silence…1 the loud parts of this speech."""
    power = np.concatenate([[0.0], np.cumsum(np.square(speech.samples, dtype=np.float64))])
    half = _ENVELOPE_SECONDS / 2 * speech.sample_rate
    centre = times * speech.sample_rate
    last = len(power) - 1
    start = np.clip(centre - half, 0, last).astype(int)
    stop = np.clip(centre + half, 0, last).astype(int)
    level = np.sqrt(np.maximum(power[stop] - power[start], 0) / (2 * half))
    loud = float(np.percentile(level, 95)) if len(level) else 0.0
    if loud < 1e-5:
        return np.zeros(len(times), np.float32)
    return np.asarray(np.clip(level / loud, 0, 1), np.float32)


def blinks(times: NDArray[np.float64], seed: int = 3) -> Floats:
    """How far the lids are closed at `times`, 0…1."""
    random = np.random.default_rng(seed)
    closed = np.zeros(len(times))
    at = random.uniform(0.9, 2.0)
    while len(times) and at < times[-1]:
        phase = (times - at) / BLINK_SECONDS
        # Lids fall in a third of the blink and rise in the rest.
        fall, rise = phase / 0.34, (1 - phase) / 0.5
        closed = np.maximum(closed, np.clip(np.minimum(fall, rise), 0, 1))
        at += random.uniform(*BLINK_PAUSES)
    return np.asarray(closed * closed * (3 - 2 * closed), np.float32)


def head_motion(times: NDArray[np.float64], loud: Floats) -> HeadMotion:
    """Slow sway of incommensurable sines, and a nod that follows the loudness slowly."""

    def wave(seconds: float, phase: float) -> NDArray[np.float64]:
        return np.sin(2 * np.pi * times / seconds + phase)

    rate = len(times) / max(float(times[-1] - times[0]), 1e-3) if len(times) > 1 else 1.0
    window = np.hanning(max(3, min(int(0.5 * rate) | 1, len(loud) | 1)) + 2)
    nod = np.convolve(np.pad(loud, len(window) // 2, "edge"), window / window.sum(), "valid")
    x = SWAY * (1.6 * wave(4.7, 0.0) + 0.7 * wave(2.3, 1.0))
    y = SWAY * 0.9 * wave(3.6, 0.5) + NOD * nod[: len(times)]
    roll = ROLL * (wave(5.3, 2.0) + 0.4 * wave(2.9, 0.3))
    return HeadMotion(*(np.asarray(v, np.float32) for v in (x, y, roll)))
