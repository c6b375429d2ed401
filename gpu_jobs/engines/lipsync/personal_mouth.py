"""How this person's mouth does what the viseme network hears: learnt from their own clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.lipsync import speech_features
from gpu_jobs.engines.lipsync.mouth_shapes import MouthModel
from gpu_jobs.engines.lipsync.speech_features import FloatArray, Times
from gpu_jobs.engines.lipsync.sync import Sync
from gpu_jobs.engines.lipsync.viseme_net import hear

_CONTEXT = np.arange(-5, 6) * 0.04  # s of viseme curves around each frame
_HEARD_WEIGHT = 6.0  # of the viseme curves beside the sound itself
_PENALTY = 2000.0
_GAIN = 1.3  # regression shrinks movement; this restores what viewers expect to see
_LEAST_FRAMES = 150


@dataclass(frozen=True, slots=True)
class PersonalMouth:
    """Ridge regression from viseme curves and cepstra around a moment to one person's codes."""

    mean: FloatArray
    scale: FloatArray
    weights: FloatArray
    centre: FloatArray

    @classmethod
    def learn(
        cls,
        samples: FloatArray,
        model: MouthModel,
        usable: NDArray[np.bool_],
        fps: float,
        sync: Sync,
    ) -> Self | None:
        """Fit to a clip's own 16 kHz sound at its own offset.

        None where sound and mouth do not belong together, or the clip is too short to tell more
        than the network knows.
        """
        count = min(len(model.codes), int(len(samples) / speech_features.RATE * fps))
        kept = np.flatnonzero(usable[:count])
        if not (model.speaks and sync.trusted) or len(kept) < _LEAST_FRAMES:
            return None
        times = speech_features.frame_times(count, fps)[kept] + sync.offset
        return cls.fit(features(samples, times), model.codes[kept])

    @classmethod
    def fit(cls, heard: FloatArray, codes: FloatArray) -> Self:
        """Least squares of codes (T, K) on features (T, F), shrunk towards the mean mouth."""
        mean, scale = heard.mean(0), (heard.std(0) + 1e-3) / _weights(heard.shape[1])
        scaled, centre = (heard - mean) / scale, codes.mean(0)
        gram = scaled.T @ scaled + _PENALTY * np.eye(scaled.shape[1], dtype=np.float32)
        weights = np.linalg.solve(gram, scaled.T @ (codes - centre))
        return cls(mean, scale, np.asarray(weights, np.float32), centre)

    def __call__(self, samples: FloatArray, times: Times, gain: float = _GAIN) -> FloatArray:
        """Mouth codes (T, K) for 16 kHz sound at `times` (T,)."""
        scaled = (features(samples, times) - self.mean) / self.scale
        return np.asarray(self.centre + gain * (scaled @ self.weights), np.float32)


def features(samples: FloatArray, times: Times) -> FloatArray:
    """Viseme curves (44 columns) and cepstra (260) around each of `times` (T,)."""
    around = (times[:, None] + _CONTEXT).ravel()
    curves = hear(samples, around)
    heard = np.stack([curves.opening, curves.width, curves.speaking, curves.closed], 1)
    sound = speech_features.mouth_features(samples, times)
    return np.concatenate([heard.reshape(len(times), -1), sound], 1).astype(np.float32)


def _weights(columns: int) -> FloatArray:
    weights = np.ones(columns, np.float32)
    weights[: 4 * len(_CONTEXT)] = _HEARD_WEIGHT
    return weights
