"""What the lips do, by the attention mesh, which sees whether they touch. Pure.

A gap is that of `faces.geometry.lip_gap`. Rendered mouths are held against the person's own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.lipsync_judge.measures import Mask
from gpu_jobs.audio.speech import Phoneme
from gpu_jobs.engines.faces.geometry import FloatArray
from gpu_jobs.engines.visemes.curves import BILABIALS, LABIODENTALS, VISEMES

SHUT = 0.014
"""Gap under which lips look shut."""
PARTED = 0.012
"""Gap over which a frame counts as open in the share of open frames."""
RATE = 25.0
"""Frames a second at which restlessness is measured, whatever the clip's own rate."""
_VOWEL = 0.4  # least opening of a viseme that should be seen open
_NEAR = 0.08  # s around a closure in which shut lips are its own


def shut_bilabials(gap: FloatArray, phonemes: Sequence[Phoneme], fps: float) -> float:
    """Share of p, b, m during which the lips meet in at least one frame, a frame around it too."""
    lowest = [
        float(gap[first:last].min())
        for first, last in _frames(phonemes, BILABIALS, fps, len(gap), margin=1)
    ]
    return float(np.mean(np.array(lowest) < SHUT)) if lowest else float("nan")


def open_vowels(gap: FloatArray, phonemes: Sequence[Phoneme], fps: float) -> float:
    """Share of open vowels during which the lips part in at least one frame."""
    vowels = frozenset(symbol for symbol, shape in VISEMES.items() if shape.opening >= _VOWEL)
    highest = [
        float(gap[first:last].max())
        for first, last in _frames(phonemes, vowels, fps, len(gap), margin=0)
    ]
    return float(np.mean(np.array(highest) >= SHUT)) if highest else float("nan")


def false_closures(gap: FloatArray, phonemes: Sequence[Phoneme], fps: float) -> float:
    """Share of the frames of speech, far from sounds that shut the lips, in which they are shut."""
    times = (np.arange(len(gap)) + 0.5) / fps
    spoken = np.zeros(len(gap), bool)
    for phoneme in phonemes:
        if phoneme.symbol[:1] in VISEMES:
            spoken |= (times > phoneme.start) & (times < phoneme.end)
    for phoneme in phonemes:
        if phoneme.symbol[:1] in BILABIALS | LABIODENTALS:
            spoken &= (times < phoneme.start - _NEAR) | (times > phoneme.end + _NEAR)
    return float((gap[spoken] < SHUT).mean()) if spoken.any() else float("nan")


def open_share(gap: FloatArray, counted: Mask) -> float:
    """Share of the `counted` frames (T,) whose lips are parted."""
    return float((gap[counted] > PARTED).mean()) if counted.any() else float("nan")


def restlessness(gap: FloatArray, fps: float, counted: Mask) -> float:
    """Mean absolute second difference of the gap at RATE, where all three frames are `counted`."""
    times = np.arange(0, (len(gap) - 1) / fps, 1 / RATE)
    at = np.arange(len(gap)) / fps
    bend = np.abs(np.diff(np.interp(times, at, gap), 2))
    inside = np.interp(times, at, counted.astype(np.float64)) > 0.99
    kept = inside[:-2] & inside[1:-1] & inside[2:]
    return float(bend[kept].mean()) if kept.any() else float("nan")


def _frames(
    phonemes: Sequence[Phoneme], symbols: frozenset[str], fps: float, count: int, margin: int
) -> list[tuple[int, int]]:
    """First and last + 1 frame of each of these sounds."""
    spans = (
        (int(np.floor(one.start * fps)) - margin, int(np.floor(one.end * fps)) + 1 + margin)
        for one in phonemes
        if one.symbol[:1] in symbols
    )
    return [(max(0, first), last) for first, last in spans if first < count]
