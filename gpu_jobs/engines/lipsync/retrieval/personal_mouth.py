"""How this person's mouth does what the viseme network hears: learnt from their own clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio import mel, speech_features
from gpu_jobs.audio.speech_features import FloatArray, Times
from gpu_jobs.engines.lipsync.footage.sync import Sync
from gpu_jobs.engines.mouth.shapes import MouthModel
from gpu_jobs.engines.visemes.network import predict

_CONTEXT = np.arange(-5, 6) * 0.04  # s of viseme curves around each frame
_HEARD_WEIGHT = 6.0  # of the viseme curves beside the sound itself
_PENALTY = 32_000.0
_CURVE_PENALTY = 3.0
_GAIN = 1.5
"""Regression shrinks movement; this restores what viewers expect to see. Within 1.0 to 1.5 the
distance to the true lips hardly changes."""
_FRAMES_FOR_TRUST = 150
"""Of which half of what was learnt is believed: three seconds hold few sounds, each once."""
_FRAMES_FOR_DETAIL = 150
"""Fewer frames teach how far this mouth moves, but not what the curves leave out."""


@dataclass(frozen=True, slots=True)
class PersonalMouth:
    """Regression from sound to one person's codes, in two steps.

    `from_curves` (3, K): [1, opening, width] as the viseme network hears them → code: three
    numbers a component, which seconds of footage determine. `detail` adds what they leave out, and
    is None for short clips. `trust` 0…1 grows with the frames that taught it: the rest of what the
    mouth does is better taken from the curves alone.
    """

    centre: FloatArray
    from_curves: FloatArray
    detail: Ridge | None
    trust: float = 1.0

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

        None where nobody speaks, or sound and mouth do not belong together.
        """
        if not (model.speaks and sync.trusted):
            return None
        count = min(len(model.codes), int(len(samples) / mel.RATE * fps))
        kept = np.flatnonzero(usable[:count])
        times = speech_features.frame_times(count, fps)[kept] + sync.offset
        return cls.fit(samples, times, model.codes[kept])

    @classmethod
    def fit(cls, samples: FloatArray, times: Times, codes: FloatArray) -> Self:
        """Fit to codes (T, K) seen at `times` (T,) of 16 kHz sound."""
        centre, curves = codes.mean(0), _curves(samples, times)
        moved = codes - centre
        penalty = np.diag([0, _CURVE_PENALTY, _CURVE_PENALTY])
        weights = np.linalg.solve(curves.T @ curves + penalty, curves.T @ moved)
        detail = None
        if len(codes) >= _FRAMES_FOR_DETAIL:
            rest = np.asarray(moved - curves @ weights, np.float32)
            detail = Ridge.fit(features(samples, times), rest)
        trust = len(codes) / (len(codes) + _FRAMES_FOR_TRUST)
        return cls(centre, weights.astype(np.float32), detail, trust)

    def __call__(self, samples: FloatArray, times: Times, gain: float = _GAIN) -> FloatArray:
        """Mouth codes (T, K) for 16 kHz sound at `times` (T,)."""
        moved = _curves(samples, times) @ self.from_curves
        if self.detail is not None:
            moved = moved + self.detail(features(samples, times))
        return np.asarray(self.centre + gain * moved, np.float32)


@dataclass(frozen=True, slots=True)
class Ridge:
    """Linear regression, shrunk towards nothing; `mean`, `scale` (F,), `weights` (F, K)."""

    mean: FloatArray
    scale: FloatArray
    weights: FloatArray

    @classmethod
    def fit(cls, heard: FloatArray, moved: FloatArray) -> Self:
        """Least squares of `moved` (T, K) on features (T, F)."""
        mean, scale = heard.mean(0), (heard.std(0) + 1e-3) / _weights(heard.shape[1])
        scaled = (heard - mean) / scale
        gram = scaled.T @ scaled + _PENALTY * np.eye(scaled.shape[1], dtype=np.float32)
        weights = np.linalg.solve(gram, scaled.T @ moved)
        return cls(mean, np.asarray(scale, np.float32), np.asarray(weights, np.float32))

    def __call__(self, heard: FloatArray) -> FloatArray:
        """(T, K) for features (T, F)."""
        scaled = (heard - self.mean) / self.scale
        return np.asarray(scaled @ self.weights, np.float32)


def _curves(samples: FloatArray, times: Times) -> FloatArray:
    """[1, opening, width] as heard at `times` (T,); (T, 3)."""
    heard = predict(samples, times)
    return np.stack([np.ones_like(heard.opening), heard.opening, heard.width], 1)


def features(samples: FloatArray, times: Times) -> FloatArray:
    """Viseme curves (44 columns) and cepstra (260) around each of `times` (T,)."""
    around = (times[:, None] + _CONTEXT).ravel()
    curves = predict(samples, around)
    heard = np.stack([curves.opening, curves.width, curves.speaking, curves.closed], 1)
    sound = speech_features.mouth_features(samples, times)
    return np.concatenate([heard.reshape(len(times), -1), sound], 1).astype(np.float32)


def _weights(columns: int) -> FloatArray:
    weights = np.ones(columns, np.float32)
    weights[: 4 * len(_CONTEXT)] = _HEARD_WEIGHT
    return weights
