"""Does a clip's sound belong to its mouth, and how far are the two apart?

Method: the best correlation of the opening that the viseme network hears with the opening that was
tracked, over the offsets that real files have; set against the same search on sound that was moved
by seconds, end to beginning, which keeps its rhythm but belongs to no mouth.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dh_core.errors import UnreadableMedia
from gpu_jobs.audio.mel import RATE
from gpu_jobs.audio.speech_features import GRID_HZ, FloatArray, Times, frame_times
from gpu_jobs.engines.lipsync import WHOLE, Span
from gpu_jobs.engines.lipsync.footage.clip_reader import MAX_SECONDS
from gpu_jobs.engines.visemes.network import predict
from gpu_jobs.media import ffmpeg
from gpu_jobs.media.probe import probe

OFFSETS: Times = np.linspace(-0.2, 0.32, 27)
"""Seconds by which the sound may trail its picture: late microphones are more common."""
IN_SYNC = 0.85
"""Confidence from which a clip's sound may teach how its mouth moves."""
LEAST_SECONDS = 3.0
_LEAST_CORRELATION = 0.3
_STRANGE = 0.7  # s, smallest shift that makes the sound another's
_STRANGE_STEP = 0.1


@dataclass(frozen=True, slots=True)
class Sync:
    """How a clip's sound goes with its mouth.

    `offset`: seconds by which the sound trails the picture. `correlation`: of the heard and the
    tracked opening at that offset. `confidence` 0…1: how far that stands out from strange sounds,
    1 at three standard deviations.
    """

    offset: float = 0.0
    correlation: float = 0.0
    confidence: float = 0.0

    @property
    def trusted(self) -> bool:
        """Whether the sound belongs to this mouth."""
        return self.confidence >= IN_SYNC and self.correlation >= _LEAST_CORRELATION


def measure(
    samples: FloatArray, openings: FloatArray, usable: NDArray[np.bool_], fps: float
) -> Sync:
    """Sync of a clip's 16 kHz sound (N,) with its tracked openings (T,), on the usable frames.

    Too little of either (LEAST_SECONDS) gives no confidence.
    """
    count = min(len(openings), int(len(samples) / RATE * fps))
    kept = np.flatnonzero(usable[:count])
    if len(kept) < LEAST_SECONDS * fps or openings[kept].std() < 1e-6:
        return Sync()
    times = frame_times(count, fps)[kept]
    heard = predict(samples, np.arange(int(len(samples) / RATE * GRID_HZ)) / GRID_HZ).opening
    scores = _correlations(heard, openings[kept], times, OFFSETS)
    best = int(scores.argmax())
    duration = len(heard) / GRID_HZ
    reach = float(np.ptp(OFFSETS)) + _STRANGE
    strange = [
        _correlations(heard, openings[kept], times, OFFSETS + shift).max()
        for shift in np.arange(reach, duration - reach, _STRANGE_STEP)
    ]
    return Sync(
        float(OFFSETS[best]), float(scores[best]), _confidence(float(scores[best]), strange)
    )


def _confidence(score: float, strange: list[float]) -> float:
    """How much of the way from the typical strange sound to three deviations above it, 0…1."""
    if len(strange) < 3:
        return 0.0
    deviations = (score - float(np.mean(strange))) / (float(np.std(strange)) + 1e-3)
    return float(np.clip(deviations / 3, 0, 1))


def _correlations(
    heard: FloatArray, openings: FloatArray, times: Times, offsets: Times
) -> FloatArray:
    """Correlation at each offset; the sound runs on from its end to its beginning. (O,)."""
    index = np.round((times + offsets[:, None]) * GRID_HZ).astype(int) % len(heard)
    picked = heard[index] - heard[index].mean(1, keepdims=True)
    centred = openings - openings.mean()
    spread = np.linalg.norm(picked, axis=1) * np.linalg.norm(centred)
    return np.asarray(picked @ centred / np.maximum(spread, 1e-9), np.float32)


def sound_of(clip: Path, span: Span = WHOLE) -> FloatArray | None:
    """A clip's own sound (N,) at 16 kHz, or None: the picture alone is enough to go on."""
    if probe(clip).audio is None:
        return None
    try:
        until = span.start + span.seconds(MAX_SECONDS)
        sound = ffmpeg.read_audio(clip, RATE, max_seconds=until)[round(span.start * RATE) :]
        return sound if len(sound) else None
    except UnreadableMedia:
        return None
