"""The sound features that drive the lips."""

from __future__ import annotations

import tracemalloc

import numpy as np

from gpu_jobs.audio.mel import RATE, STEP, log_mel
from gpu_jobs.audio.speech_features import loudness


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)


def test_a_moment_sounds_the_same_however_long_the_recording_goes_on():
    """10 s are one block of the computation: the join must not show."""
    long = noise(25)
    whole, tail = log_mel(long), log_mel(long[9 * RATE :])
    assert len(whole) == 1 + len(long) // STEP
    np.testing.assert_allclose(whole[905:], tail[5:], atol=1e-4)


def test_a_long_speech_takes_little_more_memory_than_its_samples():
    samples = noise(120)
    tracemalloc.start()
    log_mel(samples)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * samples.nbytes


def test_a_shout_is_louder_than_a_whisper():
    samples = noise(4)
    samples[: 2 * RATE] *= 0.01
    quiet, loud = loudness(samples, np.array([1.0, 3.0]))
    assert quiet < 0.2 < 0.8 < loud
