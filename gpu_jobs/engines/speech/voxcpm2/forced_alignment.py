"""When each sound is spoken, for speech that came without times: align it with a guide.

The guide is another synthesiser's speech of the same text, whose phoneme times are known. Both are
turned into cepstra, which dynamic time warping lays over each other; the guide's times follow the
path. Method: Malfrère and Dutoit 1997, High-quality speech synthesis for phonetic speech
segmentation. No recogniser is needed, so nothing is downloaded and any language of the guide works.

`python -m eval.alignment` measures it against speech whose times are known.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from gpu_jobs.audio.mel import log_mel
from gpu_jobs.audio.speech import Phoneme, Speech
from gpu_jobs.audio.speech_features import GRID_HZ, at_rate
from gpu_jobs.engines.speech.phonemes.timing import end_with_the_sound

LEAST_SECONDS = 0.01
"""Every sound keeps at least this much."""

_CEPSTRA = 13
_ENERGY_WEIGHT = 2.7
_SLOPE_WEIGHT = 6.0
_SLOPE_REACH = 2  # frames either side
_FLOOR = 12.0  # natural-log power below the loud bands; what is under it, noise too, is silence
_SPEECH_SHARE = 0.3  # of the range of the energy, above which a frame counts as speech
_STRETCH_COST = 0.1  # of the mean distance, for each frame that is held
_SILENCE_DISCOUNT = 0.2  # pauses may be held at little cost

FloatArray = NDArray[np.float64]


def align(guide: Speech, samples: NDArray[np.float32], sample_rate: int) -> tuple[Phoneme, ...]:
    """The guide's phonemes at their times in `samples`, mono speech of the same text.

    In order, not overlapping, inside the sound; sounds before a pause end where they fade out.
    0.2 s of computing and 25 MB for 10 s of speech; memory grows with its square.
    """
    if not guide.phonemes or len(samples) == 0:
        return ()
    known, known_speech = _features(guide.samples, guide.sample_rate)
    heard, heard_speech = _features(samples, sample_rate)
    frames = _warp(_distances(known, heard), known_speech, heard_speech)
    times = np.array([(phoneme.start, phoneme.end) for phoneme in guide.phonemes])
    moved = np.interp(times * GRID_HZ, np.arange(len(frames)), frames) / GRID_HZ
    placed = _placed(guide.phonemes, moved, len(samples) / sample_rate)
    return tuple(end_with_the_sound(placed, samples, sample_rate))


def _features(
    samples: NDArray[np.float32], sample_rate: int
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """What is compared, (T, 26) at 100 Hz, and which frames hold speech, (T,).

    Cepstra without the first, each of zero mean and unit deviation over the speech, so that voices
    and microphones compare; energy; the slopes of both. All of it over a floor, under
    which noise disappears: without one, noise 20 dB below the speech misplaces half of the sounds.
    """
    mel = log_mel(at_rate(samples, sample_rate)).astype(np.float64)
    floored = np.maximum(mel, np.percentile(mel.max(axis=1), 95) - _FLOOR)
    energy = floored.mean(axis=1)
    loud = np.percentile(energy, 95)
    speech = energy >= energy.min() + _SPEECH_SHARE * (loud - energy.min())
    cepstra = dct(floored, axis=1, norm="ortho")[:, 1:_CEPSTRA]
    spread = np.maximum(cepstra[speech].std(axis=0), 1e-6)
    cepstra = (cepstra - cepstra[speech].mean(axis=0)) / spread * (2 / np.sqrt(_CEPSTRA - 1))
    loudness = _ENERGY_WEIGHT * (energy - loud) / max(float(energy.std()), 1e-6)
    still = np.column_stack([cepstra, loudness])
    return np.hstack([still, _SLOPE_WEIGHT * _slope(still)]), speech


def _slope(values: FloatArray) -> FloatArray:
    """Least-squares slope over the frames around each, per frame (Furui 1986)."""
    reach = np.arange(-_SLOPE_REACH, _SLOPE_REACH + 1)
    padded = np.pad(values, ((_SLOPE_REACH, _SLOPE_REACH), (0, 0)), mode="edge")
    spans = np.lib.stride_tricks.sliding_window_view(padded, len(reach), axis=0)
    return np.asarray(spans @ reach / np.sum(reach**2), np.float64)


def _distances(first: FloatArray, second: FloatArray) -> FloatArray:
    """Euclidean distances (N, M) over their mean."""
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2 * first @ second.T
    distances = np.sqrt(np.maximum(squares, 0))
    return np.asarray(distances / max(float(distances.mean()), 1e-9), np.float64)


def _warp(
    distances: FloatArray, first_speech: NDArray[np.bool_], second_speech: NDArray[np.bool_]
) -> FloatArray:
    """For each frame of the first the mean frame of the second on the cheapest path, (N,), rising.

    Both start and end together. A step goes on in both, or holds one of them at a cost. The cells
    of an antidiagonal do not depend on each other and are computed at once; O(N·M).
    """
    count, others = distances.shape
    hold_second = np.where(first_speech, 1.0, _SILENCE_DISCOUNT) * _STRETCH_COST
    hold_first = np.where(second_speech, 1.0, _SILENCE_DISCOUNT) * _STRETCH_COST
    cost = np.full((count + 1, others + 1), np.inf)
    cost[0, 0] = 0.0
    steps = np.zeros((count, others), np.uint8)  # 0 on in both, 1 first alone, 2 second alone
    for diagonal in range(count + others - 1):
        i = np.arange(max(0, diagonal - others + 1), min(count, diagonal + 1))
        j = diagonal - i
        options = np.stack([cost[i, j], cost[i, j + 1] + hold_second[i], cost[i + 1, j]])
        options[2] += hold_first[j]
        best = options.argmin(axis=0)
        steps[i, j] = best
        cost[i + 1, j + 1] = distances[i, j] + options[best, np.arange(len(i))]
    return _mean_frames(steps)


def _mean_frames(steps: NDArray[np.uint8]) -> FloatArray:
    """Walk back along the cheapest path; mean column of each row."""
    row, column = steps.shape[0] - 1, steps.shape[1] - 1
    sums, counts = np.zeros(row + 1), np.zeros(row + 1)
    while True:
        sums[row] += column
        counts[row] += 1
        if row == column == 0:
            return np.asarray(sums / counts, np.float64)
        step = steps[row, column] if row and column else (1 if row else 2)
        row -= step != 2
        column -= step != 1


def _placed(phonemes: Sequence[Phoneme], times: FloatArray, seconds: float) -> list[Phoneme]:
    """Phonemes at `times` (N, 2), each of some length, in order and within `seconds`."""
    edges = times.ravel()
    gaps = np.zeros(len(edges))
    gaps[1::2] = min(LEAST_SECONDS, seconds / len(phonemes))
    reserved = np.cumsum(gaps)
    # Without the reserved lengths, edges need only rise; running extremes see to that.
    free = np.clip(np.maximum.accumulate(edges - reserved), 0, max(seconds - reserved[-1], 0))
    starts, ends = (free + reserved).reshape(-1, 2).T
    return [
        Phoneme(phoneme.symbol, float(start), float(end))
        for phoneme, start, end in zip(phonemes, starts, ends, strict=True)
    ]
