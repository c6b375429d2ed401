"""Which tones were spoken: F0 curves of one syllable in the four tones, against their shapes.

The listener's language model hides wrong tones, so they are read from the sound. The four curves
of a minimal set are given to the four shapes so that they fit best together (Hungarian method):
in a phrase that falls as a whole only their relation to each other tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.signal import butter, sosfiltfilt

from gpu_jobs.audio.speech import Speech

CARRIER = "他说的是{}这个字。"

_RATE = 16_000
_SPAN_SECONDS = 0.04
_LOWEST_HERTZ, _HIGHEST_HERTZ = 70, 450
_VOICED_ABOVE = 0.4

_SHAPES = np.array([[0.5, 0.5, 0.5], [-0.7, -0.7, 0.3], [-0.2, -1.3, -1.2], [1.3, 0.5, -0.5]])
"""Tones 1 to 4 at their start, middle and end: level, rising, low, falling; in standard deviations
of the four together, after Chao's 55, 35, 21, 51 in mid-phrase."""

_VOICED = "aɑɛeəɤiɪoɔuʊyjwɥnŋm"
_NEXT_INITIAL = "ꭧ"


def tones_heard(curves: Sequence[NDArray[np.float64]]) -> list[int]:
    """The tones that four curves (Hz) are most like, in their order; an empty one gets the rest."""
    semitones = [12 * np.log2(curve) for curve in curves]
    every = np.concatenate(semitones)
    points = np.zeros((len(curves), 3))
    for number, curve in enumerate(semitones):
        if len(curve):
            points[number] = (_three_points(curve) - every.mean()) / every.std()
    cost = ((points[:, None] - _SHAPES[None]) ** 2).sum(axis=2)
    _rows, shapes = linear_sum_assignment(cost)
    return [int(shape) + 1 for shape in shapes]


def curve_in_carrier(speech: Speech) -> NDArray[np.float64]:
    """F0 in Hz at up to eight moments of the syllable that CARRIER asks about."""
    phonemes = speech.phonemes
    after = max(i for i, phoneme in enumerate(phonemes) if phoneme.symbol == _NEXT_INITIAL)
    first = after - 1
    while after - first < 4 and phonemes[first - 1].symbol in _VOICED:
        first -= 1
    return _contour(speech, phonemes[first].start, phonemes[after - 1].end)


def _contour(speech: Speech, start: float, end: float) -> NDArray[np.float64]:
    sound = soxr.resample(speech.samples, speech.sample_rate, _RATE)
    calm = sosfiltfilt(butter(4, 900, fs=_RATE, output="sos"), sound)
    values = []
    for moment in np.linspace(start, end, 10)[1:-1]:
        first = max(0, round((moment - _SPAN_SECONDS / 2) * _RATE))
        f0 = _f0_of(calm[first : first + round(_SPAN_SECONDS * _RATE)])
        if f0 is not None:
            values.append(f0)
    return np.array(values)


def _f0_of(span: NDArray[np.float64]) -> float | None:
    """F0 in Hz by normalised autocorrelation; creak of the third tone is irregular but counts."""
    lags = np.arange(_RATE // _HIGHEST_HERTZ, _RATE // _LOWEST_HERTZ)
    likeness = np.array([_likeness(span[:-lag], span[lag:]) for lag in lags])
    best = likeness.max()
    if best < _VOICED_ABOVE:
        return None
    return float(_RATE / lags[np.flatnonzero(likeness > 0.9 * best)[0] :][0])


def _likeness(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(a @ b / np.sqrt((a @ a) * (b @ b) + 1e-12))


def _three_points(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    middle = curve[len(curve) // 3 :][:3]
    return np.array([part.mean() for part in (curve[:2], middle, curve[-2:])])
