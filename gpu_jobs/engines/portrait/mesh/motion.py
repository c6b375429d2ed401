"""When the eyes blink and how head, brows and chest move. Pure, and the same for the same speech.

Lengths in units of the distance between the outer corners of the eyes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.speech import Speech

Floats = NDArray[np.float32]
Times = NDArray[np.float64]

BLINK_SECONDS = 0.26
BLINK_PAUSES = (2.0, 4.6)  # s between blinks: 17 a minute; adults blink 12-20 times while speaking
SWAY = 0.010  # amplitude while speaking
TURN, TILT = 0.05, 0.025  # rad; of the head to its sides, and up and down
MOST_TURN = 0.105
"""6 degrees: beyond it the photo's hidden side would have to show."""
CALM = 0.45  # of the sway while silent
NOD = 0.010  # how far loudness lowers the head
DIP = 0.035  # rad; how far it turns it down
ROLL = 0.008  # rad
BREATH_SECONDS = 4.1
_ENVELOPE_SECONDS = 0.06
_NOD_SECONDS, _ACCENT_SECONDS, _PHRASE_SECONDS = 0.5, 0.3, 2.5


@dataclass(frozen=True, slots=True)
class HeadMotion:
    """Per frame, float32 (T,): shifts in eye distances (x right, y down), turns in radians."""

    x: Floats
    y: Floats
    roll: Floats
    yaw: Floats
    pitch: Floats


def loudness(speech: Speech, times: Times) -> Floats:
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


def blinks(times: Times, seed: int = 3) -> Floats:
    """How far the lids are closed at `times`, 0…1."""
    random = np.random.default_rng(seed)
    closed = np.zeros(len(times))
    at = random.uniform(0.9, 2.0)
    while len(times) and at < times[-1]:
        phase = (times - at) / BLINK_SECONDS
        # Lids fall in a third of the blink and rise in the rest.
        fall, rise = phase / 0.32, (1 - phase) / 0.5
        closed = np.maximum(closed, np.clip(np.minimum(fall, rise), 0, 1))
        at += random.uniform(*BLINK_PAUSES)
    return np.asarray(closed * closed * (3 - 2 * closed), np.float32)


def head_motion(times: Times, loud: Floats) -> HeadMotion:
    """Slow sway of incommensurable sines, calmer in silence, and a nod that follows loudness."""
    nod = smoothed(loud, times, _NOD_SECONDS)
    talk = np.minimum(2 * smoothed(loud, times, _PHRASE_SECONDS), 1)
    lively = CALM + (1 - CALM) * talk
    x = SWAY * lively * (_wave(times, 4.7, 0.0) + 0.45 * _wave(times, 2.3, 1.0))
    y = SWAY * lively * 0.55 * _wave(times, 3.6, 0.5) + NOD * nod
    roll = ROLL * lively * (_wave(times, 5.3, 2.0) + 0.4 * _wave(times, 2.9, 0.3))
    yaw = TURN * lively * (_wave(times, 4.7, 0.2) + 0.5 * _wave(times, 2.6, 1.4))
    pitch = TILT * lively * _wave(times, 3.6, 0.9) + DIP * nod
    yaw, pitch = np.clip(yaw, -MOST_TURN, MOST_TURN), np.clip(pitch, -MOST_TURN, MOST_TURN)
    return HeadMotion(*(np.asarray(v, np.float32) for v in (x, y, roll, yaw, pitch)))


def brow_motion(times: Times, loud: Floats) -> Floats:
    """How far the brows are raised, 0…1: with what is louder than its phrase."""
    accent = smoothed(loud, times, _ACCENT_SECONDS)
    phrase = smoothed(loud, times, _PHRASE_SECONDS)
    return smoothed(np.clip(3 * (accent - phrase), 0, 1), times, _ACCENT_SECONDS)


def breathing(times: Times) -> Floats:
    """Breath at `times`: 0 out…1 in; people breathe in faster than out."""
    phase = times / BREATH_SECONDS % 1
    bent = np.where(phase < 0.42, phase / 0.84, 0.5 + (phase - 0.42) / 1.16)
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * bent), np.float32)


def smoothed(curve: Floats, times: Times, seconds: float) -> Floats:
    """A curve (T,) averaged over about `seconds` with soft edges; its ends repeat."""
    if len(curve) < 2:
        return np.asarray(curve, np.float32)
    rate = (len(times) - 1) / max(float(times[-1] - times[0]), 1e-3)
    window = np.hanning(max(3, int(seconds * rate) | 1) + 2)
    padded = np.pad(curve, len(window) // 2, "edge")
    return np.convolve(padded, window / window.sum(), "valid").astype(np.float32)


def _wave(times: Times, seconds: float, phase: float) -> NDArray[np.float64]:
    return np.sin(2 * np.pi * times / seconds + phase)
