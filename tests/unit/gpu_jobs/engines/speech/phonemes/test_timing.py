"""Durations become times: sounds follow each other, marks lengthen, punctuation is a gap."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.audio.speech import Phoneme
from gpu_jobs.engines.speech.phonemes.timing import (
    DECODER_LEAD,
    FRAME_SECONDS,
    audible_range,
    end_with_the_sound,
    phonemes_of,
)


def times(symbols: str, *frames: int) -> list[tuple[str, float, float]]:
    """Phonemes in frames of the model, without the decoder's lead; start and end tokens added."""
    counts = np.array([10, *frames, 10])
    return [
        (p.symbol, *(round((t + DECODER_LEAD) / FRAME_SECONDS - 10, 3) for t in (p.start, p.end)))
        for p in phonemes_of(symbols, counts)
    ]


def test_a_tone_belongs_to_the_vowel_before_it() -> None:
    assert times("ni↓", 2, 3, 4) == [("n", 0, 2), ("i", 2, 9)]


def test_stress_belongs_to_the_sound_after_it() -> None:
    assert times("fˈO", 2, 1, 3) == [("f", 0, 2), ("O", 2, 6)]


def test_a_word_boundary_is_shared_by_its_neighbours() -> None:
    assert times("a b", 2, 2, 2) == [("a", 0, 3), ("b", 3, 6)]


def test_punctuation_and_the_space_after_it_are_silent() -> None:
    assert times("a, b", 2, 3, 2, 2) == [("a", 0, 2), ("b", 7, 9)]


def test_a_sound_before_a_pause_ends_where_it_fades_out() -> None:
    samples = np.zeros(24_000, dtype=np.float32)
    samples[4_800:12_000] = 0.5
    (phoneme,) = end_with_the_sound([Phoneme("a", 0.2, 0.9)], samples, 24_000)
    assert phoneme.start == 0.2
    assert phoneme.end == pytest.approx(0.5, abs=0.011)


def test_audible_range_of_silence_is_empty() -> None:
    assert audible_range(np.zeros(2_400, dtype=np.float32), 24_000) == (0.0, 0.0)
