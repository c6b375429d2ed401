"""What the judge says of gaps between lips."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eval.lipsync_judge import lips
from gpu_jobs.audio.speech import Phoneme

FPS = 25.0
PHONEMES = [Phoneme("m", 0.4, 0.48), Phoneme("a", 0.48, 0.8), Phoneme("b", 1.2, 1.28)]


def gap() -> np.ndarray:
    curve = np.full(50, 0.06, np.float32)
    curve[10:12] = 0.002  # the m, not the b
    return curve


def test_a_bilabial_whose_lips_stay_apart_is_missed() -> None:
    assert lips.shut_bilabials(gap(), PHONEMES, FPS) == 0.5
    assert math.isnan(lips.shut_bilabials(gap(), [], FPS))


def test_vowels_are_open_and_nothing_else_is_shut() -> None:
    assert lips.open_vowels(gap(), PHONEMES, FPS) == 1
    assert lips.false_closures(gap(), PHONEMES, FPS) == 0
    shut = np.zeros(50, np.float32)
    assert lips.open_vowels(shut, PHONEMES, FPS) == 0
    assert lips.false_closures(shut, PHONEMES, FPS) == 1


def test_a_shaking_mouth_is_more_restless_whatever_the_frame_rate() -> None:
    still = {fps: 0.05 + 0.03 * np.sin(np.arange(4 * fps) / fps * 9) for fps in (25, 50)}
    calm = {fps: lips.restlessness(c, fps, np.ones(len(c), bool)) for fps, c in still.items()}
    assert calm[25] == pytest.approx(calm[50], rel=0.1)
    shaking = still[25] + 0.02 * (np.arange(100) % 2)
    assert lips.restlessness(shaking, 25, np.ones(100, bool)) > 5 * calm[25]
