"""A voice higher or lower, and still the same voice saying the same at the same time."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter, resample_poly

from gpu_jobs.audio.pitch import SAMPLE_RATE, median_f0
from gpu_jobs.audio.pitch_change import transposed

RATE = 48_000
FORMANT = 900.0


@pytest.fixture(scope="module")
def vowel() -> NDArray[np.float32]:
    """Two seconds of a pulse train of 140 Hz in one resonance, with a rest in the middle."""
    pulses = np.zeros(2 * RATE)
    pulses[:: RATE // 140] = 1.0
    pulses[RATE : RATE + RATE // 5] = 0.0
    radius, angle = np.exp(-np.pi * 120 / RATE), 2 * np.pi * FORMANT / RATE
    sound = lfilter([1.0], [1.0, -2 * radius * np.cos(angle), radius**2], pulses)
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def loudest_region(samples: NDArray[np.float32]) -> float:
    """Where the spectrum, smoothed over harmonics, is highest, in Hz."""
    part = samples[RATE // 4 : 3 * RATE // 4]
    power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    width = round(300 / (RATE / len(part)))
    return float(np.convolve(power, np.hanning(2 * width), "same").argmax() * RATE / len(part))


@pytest.mark.parametrize("semitones", [-7, -3, 4, 8])
def test_the_pitch_moves_while_the_voice_and_the_times_stay(
    vowel: NDArray[np.float32], semitones: int
) -> None:
    changed = transposed(vowel, RATE, semitones)
    assert np.sqrt(np.mean(changed**2)) == pytest.approx(np.sqrt(np.mean(vowel**2)), rel=1e-3)
    f0 = median_f0(resample_poly(changed, SAMPLE_RATE, RATE).astype(np.float32))
    assert f0 == pytest.approx(140 * 2 ** (semitones / 12), rel=0.03)
    assert loudest_region(changed) == pytest.approx(FORMANT, rel=0.12)
    assert len(changed) == len(vowel) and changed.dtype == np.float32
    rest = np.abs(changed[round(1.05 * RATE) : round(1.15 * RATE)])
    assert rest.max() < 0.02 < np.abs(changed).max() < 0.9


def test_without_a_change_the_sound_is_left_alone(vowel: NDArray[np.float32]) -> None:
    assert transposed(vowel, RATE, 0.0) is vowel


def test_a_sound_too_short_for_a_pitch_is_left_alone() -> None:
    click = np.ones(100, np.float32)
    np.testing.assert_array_equal(transposed(click, RATE, 5.0), click)
