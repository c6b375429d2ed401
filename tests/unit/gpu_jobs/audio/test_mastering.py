"""Finished speech is as loud as promised and never over the ceiling."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gpu_jobs.audio.loudness import integrated_loudness
from gpu_jobs.audio.mastering import SampleBuffer, limit
from tests.support.true_peak import true_peak

RATE = 24_000
CEILING = 10 ** (-1 / 20)


def master(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    with SampleBuffer(sample_rate) as buffer:
        buffer.append(samples)
        return buffer.finish()


def test_quiet_speech_comes_out_at_minus_16_lufs() -> None:
    tone = 0.01 * np.sin(2 * np.pi * 220 * np.arange(2 * RATE) / RATE, dtype=np.float32)
    assert integrated_loudness(master(tone, RATE), RATE) == pytest.approx(-16, abs=0.3)


@pytest.mark.parametrize("decibels", [-20, -6, 6])
def test_softer_or_louder_is_meant_beside_the_usual_level(decibels: int) -> None:
    tone = 0.01 * np.sin(2 * np.pi * 220 * np.arange(2 * RATE) / RATE, dtype=np.float32)
    with SampleBuffer(RATE) as buffer:
        buffer.append(tone, 10 ** (decibels / 20))
        mastered = buffer.finish()
    assert integrated_loudness(mastered, RATE) == pytest.approx(-16 + decibels, abs=0.3)
    assert true_peak(mastered) <= CEILING


def test_a_gain_may_change_within_a_part_and_silence_has_none() -> None:
    tone = 0.01 * np.sin(2 * np.pi * 220 * np.arange(2 * RATE) / RATE, dtype=np.float32)
    with SampleBuffer(RATE) as buffer:
        for _ in range(2):
            buffer.append(tone, np.repeat(np.array([1.0, 0.5], np.float32), RATE))
            buffer.append(np.zeros(RATE, np.float32))
        mastered = buffer.finish()
    levels = [integrated_loudness(mastered[at * RATE : (at + 1) * RATE], RATE) for at in (0, 1)]
    assert levels == pytest.approx([-16, -22], abs=0.5)
    assert len(mastered) == 6 * RATE


def test_one_loud_part_leaves_the_others_at_their_level() -> None:
    tone = 0.01 * np.sin(2 * np.pi * 220 * np.arange(2 * RATE) / RATE, dtype=np.float32)
    with SampleBuffer(RATE) as buffer:
        for gain in (1.0, 2.0, 0.0):
            buffer.append(tone, gain)
        parts = np.split(buffer.finish(), 3)
    first, louder = (integrated_loudness(part, RATE) for part in parts[:2])
    assert first == pytest.approx(-16, abs=0.5)
    assert louder - first == pytest.approx(6, abs=0.5)
    assert not parts[2].any()


def test_peaks_between_the_samples_stay_under_the_ceiling() -> None:
    noise = np.random.default_rng(1).standard_normal(RATE).astype(np.float32)
    assert true_peak(limit(noise, RATE)) <= CEILING


def test_a_click_in_quiet_speech_does_not_clip() -> None:
    samples = 0.01 * np.random.default_rng(2).standard_normal(2 * RATE).astype(np.float32)
    samples[RATE] = 1.0
    assert true_peak(master(samples, RATE)) <= CEILING


def test_silence_and_very_short_sound_survive() -> None:
    assert not master(np.zeros(RATE, dtype=np.float32), RATE).any()
    assert len(master(np.full(100, 0.1, dtype=np.float32), RATE)) == 100


def test_a_long_tape_is_limited_without_seams() -> None:
    time = np.arange(25 * RATE) / RATE
    voice = 0.02 * np.sin(2 * np.pi * 150 * time) * (1 + np.sin(2 * np.pi * 3 * time))
    with SampleBuffer(RATE) as buffer:
        for piece in np.array_split(voice.astype(np.float32), 11):
            buffer.append(piece)
        mastered = buffer.finish()
    assert len(mastered) == len(voice)
    assert integrated_loudness(mastered, RATE) == pytest.approx(-16, abs=0.3)
    assert true_peak(mastered) <= CEILING
    gain = mastered[1000:-1000:7] / np.where(np.abs(voice) < 0.004, np.nan, voice)[1000:-1000:7]
    assert np.nanstd(gain) / np.nanmean(gain) < 0.2
    joint = 10 * RATE
    assert np.abs(np.diff(mastered[joint - 5 : joint + 5])).max() < 0.05
