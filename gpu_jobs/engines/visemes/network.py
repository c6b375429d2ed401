"""Hear in recorded speech what the lips do, whoever speaks.

A temporal convolution net trained on synthetic speech only, by `training.visemes`; its data, seeds
and scores are in README.md. It gives the same curves that phonemes give.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from gpu_jobs.audio import speech_features
from gpu_jobs.audio.speech_features import GRID_HZ, FloatArray, Times
from gpu_jobs.engines.visemes.curves import NEUTRAL_WIDTH, VisemeCurves

MODEL = Path(__file__).with_name("viseme_net.onnx")
_SPEAKING = (0.25, 0.6)
"""Probabilities of speech below which the mouth is shut and above which it is free."""
_CLOSED = (0.2, 0.35)
"""Probabilities of p, b, m from which the lips approach and at which they touch: low, because a
missed closure is seen more than a short one too many. In voices that were not trained on, 94 % of
closures are shown, and 16 % of the other sounds, mostly n, t and k, close as well."""


CERTAIN = (0.5, 0.75)
"""The same where a missed closure costs less than a false one."""


def predict(
    samples: FloatArray,
    times: Times,
    model: Path = MODEL,
    closures: tuple[float, float] = _CLOSED,
) -> VisemeCurves:
    """Lip curves of 16 kHz mono speech (N,) at `times` (seconds, shape (T,)); shut in silence.

    `closures`: probabilities of p, b, m from which the lips approach and at which they touch.
    Before and after the recording the mouth rests. 3 ms per second of speech on one thread.
    """
    if not len(samples):
        return _at_rest(len(times))
    cepstra = np.asarray(speech_features.cepstra(samples), np.float32)
    opening, width, speaking, closed = _session(model).run(None, {"cepstra": cepstra.T[None]})[0][0]
    heard = speech_features.speaking(samples, np.arange(len(cepstra)) / GRID_HZ)
    free = np.minimum(_between(speaking, *_SPEAKING), heard)
    touching = _between(closed, *closures) * (free > 0)
    opening = np.clip(opening, 0, 1) * free * (1 - touching)
    width = NEUTRAL_WIDTH + (np.clip(width, 0, 1) - NEUTRAL_WIDTH) * free
    return VisemeCurves(
        _read(opening, times),
        _read(width, times, outside=NEUTRAL_WIDTH),
        _read(free, times),
        _read(touching, times),
    )


def load() -> None:
    """Load the network now rather than with the first prediction."""
    _session(MODEL)


@cache
def _session(model: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _between(probability: FloatArray, low: float, high: float) -> FloatArray:
    """0 up to `low`, 1 from `high`, linear between."""
    return np.asarray(np.clip((probability - low) / (high - low), 0, 1), np.float32)


def _read(curve: FloatArray, times: Times, outside: float = 0.0) -> FloatArray:
    grid = np.arange(len(curve)) / GRID_HZ
    return np.interp(times, grid, curve, left=outside, right=outside).astype(np.float32)


def _at_rest(count: int) -> VisemeCurves:
    zero = np.zeros(count, np.float32)
    return VisemeCurves(zero, np.full(count, NEUTRAL_WIDTH, np.float32), zero, zero)
