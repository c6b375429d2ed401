"""Music makes room for speech."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.media.sound.ducking import (
    MUSIC_ALONE_DB,
    MUSIC_UNDER_SPEECH_DB,
    STEPS_PER_SECOND,
    music_gain,
)


def decibels(*spans: tuple[float, float], seconds: float = 20.0, louder: float = 0.0) -> np.ndarray:
    """The music's gain when somebody speaks in `spans`."""
    speaking = np.zeros(round(seconds * STEPS_PER_SECOND), np.bool_)
    for start, end in spans:
        speaking[round(start * STEPS_PER_SECOND) : round(end * STEPS_PER_SECOND)] = True
    return 20 * np.log10(np.maximum(music_gain(speaking, louder), 1e-9))


def at(gain: np.ndarray, seconds: float) -> float:
    return float(gain[round(seconds * STEPS_PER_SECOND)])


def test_music_is_soft_under_speech_and_comes_back_after_it() -> None:
    gain = decibels((6, 10))
    assert at(gain, 3) == pytest.approx(MUSIC_ALONE_DB, abs=0.1)
    assert at(gain, 8) == pytest.approx(MUSIC_UNDER_SPEECH_DB, abs=0.1)
    assert at(gain, 13) == pytest.approx(MUSIC_ALONE_DB, abs=0.1)


def test_music_has_stepped_back_when_the_first_word_begins() -> None:
    assert at(decibels((6, 10)), 6) < MUSIC_UNDER_SPEECH_DB + 1


def test_music_does_not_swell_between_two_phrases() -> None:
    assert decibels((6, 8), (8.8, 11))[600:1100].max() < MUSIC_UNDER_SPEECH_DB + 1
    assert decibels((4, 6), (10, 12))[600:1000].max() > MUSIC_ALONE_DB - 1


def test_music_changes_without_steps() -> None:
    gain = decibels((6, 10))[200:1700]
    assert np.abs(np.diff(gain)).max() < 0.5


def test_loud_music_is_turned_down_by_as_much_as_it_is_louder() -> None:
    assert at(decibels((6, 10), louder=7), 8) == pytest.approx(MUSIC_UNDER_SPEECH_DB - 7, abs=0.1)


@pytest.mark.parametrize("seconds", [0.05, 1.0, 20.0])
def test_music_fades_in_and_out_however_short_it_is(seconds: float) -> None:
    gain = music_gain(np.zeros(round(seconds * STEPS_PER_SECOND), np.bool_), 0.0)
    assert gain[0] < gain.max() / 2
    assert gain[-1] < gain.max() / 2


def test_no_speech_at_all_is_no_problem() -> None:
    assert music_gain(np.zeros(0, np.bool_), 0.0).shape == (0,)
