"""Pitch and speech activity of a reference."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gpu_jobs.audio.pitch import SAMPLE_RATE, median_f0, speech_only


def buzz(hertz: float, seconds: float = 1.0) -> NDArray[np.float32]:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    harmonics = [np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 9)]
    return (0.1 * np.sum(harmonics, axis=0)).astype(np.float32)


@pytest.mark.parametrize("hertz", [70, 120, 240, 400])
def test_pitch_of_a_buzz_is_found_without_octave_errors(hertz: float) -> None:
    assert median_f0(buzz(hertz)) == pytest.approx(hertz, rel=0.01)


def test_noise_and_too_short_sound_have_no_pitch() -> None:
    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32)
    assert median_f0(noise * 0.1) is None
    assert median_f0(buzz(200, 0.01)) is None


def test_long_pauses_are_cut_out_of_a_reference() -> None:
    pause = np.zeros(2 * SAMPLE_RATE, dtype=np.float32)
    voice = speech_only(np.concatenate([buzz(150), pause, buzz(150)]))
    assert 1.9 <= len(voice) / SAMPLE_RATE <= 2.6
    assert len(speech_only(pause)) == 0
