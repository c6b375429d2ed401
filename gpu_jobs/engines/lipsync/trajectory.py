"""What the mouth should do: one wanted shape per output frame.

Speech that we synthesised carries its phonemes, and they decide. For recorded speech a linear map
from sound to mouth, learnt from the person's own clip, decides; where the clip teaches none, the
loudness opens the mouth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.lipsync import speech_features
from gpu_jobs.engines.lipsync.mouth_shapes import CLOSED, MouthModel
from gpu_jobs.engines.lipsync.speech_features import Times
from gpu_jobs.engines.visemes import viseme_curves
from gpu_jobs.media.face_geometry import FloatArray, smooth_in_time
from gpu_jobs.timeline import Speech

LEAD = 0.03
"""Seconds by which lips run ahead of the sound: they move before it is heard."""
_LAGS = (0.0, 0.04, 0.08, 0.12, 0.16)  # s by which a clip's sound may trail its picture
_PENALTY = 800.0
_GAIN = 1.4  # regression shrinks movement; this restores what viewers expect to see
_LEAST_CORRELATION = 0.2  # of opening on the held-out part, under which nothing was learnt
_LEAST_FRAMES = 60
_TRAINING_SHARE = 0.7
_STRONGEST_GAIN = 1.6


@dataclass(frozen=True, slots=True)
class MouthTrajectory:
    """Wanted mouths of N frames in canonical units.

    `codes` (N, K) of the person's MouthModel; `openings`, `widths` (N,), which hold exactly.
    """

    codes: FloatArray
    openings: FloatArray
    widths: FloatArray

    def __len__(self) -> int:
        return len(self.openings)


@dataclass(frozen=True, slots=True)
class SpeechToMouth:
    """Ridge regression from mouth features of sound to mouth codes of one person."""

    mean: FloatArray
    scale: FloatArray
    weights: FloatArray
    centre: FloatArray
    lag: float

    @classmethod
    def learn(cls, samples: FloatArray, model: MouthModel, fps: float) -> Self | None:
        """Fit to a clip's own 16 kHz sound, or None where sound and mouth do not belong together.

        The offset between sound and picture is the one that predicts the opening of the last
        30 % of the clip best; that part is then learnt from as well.
        """
        count = min(len(model.codes), int(len(samples) / speech_features.RATE * fps))
        if not model.speaks or count < _LEAST_FRAMES:
            return None
        times = speech_features.frame_times(count, fps)
        scores = {lag: cls._held_out_score(samples, model, times, lag) for lag in _LAGS}
        lag = max(scores, key=lambda key: scores[key])
        if not scores[lag] > _LEAST_CORRELATION:
            return None
        features = speech_features.mouth_features(samples, times + lag)
        return cls._fit(features, model.codes[:count], lag)

    def __call__(self, samples: FloatArray, times: Times) -> FloatArray:
        """Mouth codes (T, K) for 16 kHz sound at `times` (T,)."""
        return self._predict(speech_features.mouth_features(samples, times + self.lag), _GAIN)

    @classmethod
    def _fit(cls, features: FloatArray, codes: FloatArray, lag: float) -> Self:
        mean, scale = features.mean(0), features.std(0) + 1e-3
        scaled, centre = (features - mean) / scale, codes.mean(0)
        gram = scaled.T @ scaled + _PENALTY * np.eye(scaled.shape[1], dtype=np.float32)
        weights = np.linalg.solve(gram, scaled.T @ (codes - centre))
        return cls(mean, scale, np.asarray(weights, np.float32), centre, lag)

    @classmethod
    def _held_out_score(
        cls, samples: FloatArray, model: MouthModel, times: Times, lag: float
    ) -> float:
        features = speech_features.mouth_features(samples, times + lag)
        split = int(_TRAINING_SHARE * len(times))
        fitted = cls._fit(features[:split], model.codes[:split], lag)
        predicted, _ = model.measures(fitted._predict(features[split:], 1.0))
        true = model.openings[split : len(times)]
        if predicted.std() < 1e-6 or true.std() < 1e-6:
            return 0.0
        return float(np.corrcoef(predicted, true)[0, 1])

    def _predict(self, features: FloatArray, gain: float) -> FloatArray:
        scaled = (features - self.mean) / self.scale
        return np.asarray(self.centre + gain * (scaled @ self.weights), np.float32)


def plan(
    speech: Speech, frames: int, fps: float, model: MouthModel, learnt: SpeechToMouth | None
) -> MouthTrajectory:
    """The wanted mouth of each of `frames` output frames."""
    times = speech_features.frame_times(frames, fps)
    if speech.phonemes:
        return from_phonemes(speech, times, model)
    samples = speech_features.at_rate(speech.samples, speech.sample_rate)
    if learnt is None:
        return from_loudness(samples, times, model)
    return from_sound(samples, times, model, learnt)


def from_phonemes(speech: Speech, times: Times, model: MouthModel) -> MouthTrajectory:
    """Viseme targets with coarticulation; lips meet in p, b, m and rest in silence.

    Louder syllables open wider, by at most a quarter: stress that the symbols do not carry.
    """
    curves = viseme_curves(speech.phonemes, times + LEAD)
    samples = speech_features.at_rate(speech.samples, speech.sample_rate)
    stress = 0.75 + 0.4 * speech_features.loudness(samples, times)
    level = np.clip(curves.opening * stress, 0, 1).astype(np.float32)
    level = with_effort(level, curves.speaking > 0.5, model.range.effort)
    openings, widths = model.range.opening_at(level), model.range.width_at(curves.width)
    return MouthTrajectory(model.code_for(openings, widths), openings, widths)


def with_effort(level: FloatArray, spoken: NDArray[np.bool_], effort: float) -> FloatArray:
    """Raise levels (T,) so that their mean over the `spoken` frames comes up to `effort`.

    Nearly proportional for small levels, so that lips which nearly meet still do; saturating
    towards wide open.
    """
    if not spoken.any():
        return level
    for gain in np.linspace(1.0, _STRONGEST_GAIN, 15):
        raised = 1 - (1 - level) ** gain
        if raised[spoken].mean() >= effort:
            break
    return np.asarray(raised, np.float32)


def from_sound(
    samples: FloatArray,
    times: Times,
    model: MouthModel,
    learnt: SpeechToMouth,
) -> MouthTrajectory:
    """What this person's mouth would do to the sound; shut in pauses."""
    codes = smooth_in_time(learnt(samples, times))
    openings, widths = model.measures(codes)
    spoken = speech_features.speaking(samples, times)
    openings = np.clip(openings, CLOSED, 1.15 * model.range.widest_opening)
    widths = np.clip(widths, 0.97 * model.range.narrow, 1.03 * model.range.wide)
    openings = CLOSED + (openings - CLOSED) * spoken
    widths = model.range.rest + (widths - model.range.rest) * spoken
    rest = model.code_for(openings, widths)
    return MouthTrajectory(rest + (codes - rest) * spoken[:, None], openings, widths)


def from_loudness(samples: FloatArray, times: Times, model: MouthModel) -> MouthTrajectory:
    """The fallback: loud syllables open the mouth, pauses shut it; the width stays at rest."""
    level = speech_features.loudness(samples, times + LEAD)
    spoken = speech_features.speaking(samples, times + LEAD)
    openings = model.range.opening_at((0.8 * level**2 * spoken).astype(np.float32))
    widths = np.full_like(openings, model.range.rest)
    return MouthTrajectory(model.code_for(openings, widths), openings, widths)
