"""Loudness heard in pieces is the loudness of the whole."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from gpu_jobs.audio.loudness import LoudnessMeter, integrated_loudness

RATE = 24_000


def test_pieces_sum_up_to_what_pyloudnorm_hears_at_once() -> None:
    noise = np.random.default_rng(3)
    level = np.repeat([0.05, 0.3, 0.0, 0.1, 0.002], RATE * 2)
    samples = (level * noise.standard_normal(len(level))).astype(np.float32)
    meter = LoudnessMeter(RATE)
    for piece in np.array_split(samples, 37):
        meter.add(piece)
    whole = pyloudnorm.Meter(RATE).integrated_loudness(samples)
    assert meter.integrated() == pytest.approx(whole, abs=0.05)


def test_silence_is_infinitely_quiet_and_a_short_sound_counts() -> None:
    assert integrated_loudness(np.zeros(RATE, np.float32), RATE) == float("-inf")
    assert integrated_loudness(np.zeros(0, np.float32), RATE) == float("-inf")
    tone = 0.5 * np.sin(2 * np.pi * 500 * np.arange(2_000) / RATE, dtype=np.float32)
    assert -15 < integrated_loudness(tone, RATE) < -5
