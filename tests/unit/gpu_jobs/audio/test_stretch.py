"""Longer or shorter, at the same pitch and in step."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.audio.stretch import shifted, stretched

RATE = 24_000


@pytest.mark.parametrize("factor", [0.5, 0.75, 1.25, 1.6, 2.0])
def test_pitch_level_and_order_stay(factor: float) -> None:
    time = np.arange(2 * RATE) / RATE
    tone = (0.3 * np.sin(2 * np.pi * 180 * time)).astype(np.float32)
    tone[RATE : RATE + RATE // 5] = 0
    longer = stretched(tone, RATE, factor)
    assert len(longer) == round(len(tone) * factor)
    spoken = longer[1000 : int(0.45 * len(longer))]
    spectrum = np.abs(np.fft.rfft(spoken))
    assert spectrum.argmax() * RATE / len(spoken) == pytest.approx(180, abs=3)
    level = np.abs(spoken[: len(spoken) // 240 * 240].reshape(-1, 240)).max(axis=1)
    assert level.min() > 0.28
    quiet = np.flatnonzero(np.abs(longer) < 1e-3)
    in_rest = quiet[(np.convolve(np.abs(longer) < 1e-3, np.ones(480), "same") > 470)[quiet]] / RATE
    assert in_rest.min() == pytest.approx(1.0 * factor, abs=0.05)
    assert in_rest.max() == pytest.approx(1.2 * factor, abs=0.05)


def test_the_same_length_is_the_same_sound() -> None:
    sound = np.random.default_rng(1).standard_normal(1000).astype(np.float32)
    assert stretched(sound, RATE, 1.0) is sound


@pytest.mark.parametrize("semitones", [-7, 7])
def test_a_shift_changes_the_pitch_and_keeps_the_time(semitones: float) -> None:
    time = np.arange(RATE) / RATE
    tone = (0.3 * np.sin(2 * np.pi * 200 * time)).astype(np.float32)
    changed = shifted(tone, RATE, semitones, 1.25)
    assert len(changed) == round(1.25 * RATE)
    spectrum = np.abs(np.fft.rfft(changed))
    wanted = 200 * 2 ** (semitones / 12)
    assert spectrum.argmax() * RATE / len(changed) == pytest.approx(wanted, rel=0.02)
