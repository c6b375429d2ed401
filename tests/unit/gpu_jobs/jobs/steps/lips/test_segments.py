"""Long speech is cut in its pauses, where the film begins anew, and nothing of it is lost."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gpu_jobs.audio.speech import Speech
from gpu_jobs.jobs.steps.lips.segments import SHORTEST_AIM, cut, segment_seconds
from gpu_jobs.media.video.encoder import keyframe_interval

RATE = 8_000
FPS = Fraction(25)


def spoken(seconds: float, pauses: tuple[tuple[float, float], ...] = ()) -> Speech:
    """Noise with silence in the `pauses` (start, end)."""
    samples = np.random.default_rng(1).normal(scale=0.1, size=round(seconds * RATE))
    for start, end in pauses:
        samples[round(start * RATE) : round(end * RATE)] = 0
    return Speech(samples.astype(np.float32), RATE)


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30_000, 1001), Fraction(2213, 100)])
@pytest.mark.parametrize("seconds", [1.0, 6.01, 10.0, 59.0, 180.0])
@pytest.mark.parametrize("aim", [2.0, 5.0, 15.0])
def test_the_segments_are_the_frames_in_order_none_short_and_each_begins_on_the_grid(
    fps: Fraction, seconds: float, aim: float
) -> None:
    frames, grid = int(np.ceil(seconds * fps)), keyframe_interval(fps)
    parts = cut(spoken(seconds), frames, fps, aim, grid)
    assert [step for part in parts for step in part] == list(range(frames))
    assert all(len(part) >= min(frames, grid) for part in parts)
    assert all(part.start % grid == 0 for part in parts)


def test_cuts_go_to_pauses_nearby() -> None:
    pauses = ((13.8, 14.2), (25.7, 26.3), (39.0, 39.3))
    parts = cut(spoken(60.0, pauses), 1500, FPS, 15.0, 50)
    assert [part.start / FPS for part in parts[1:3]] == [14, 26]


def test_silence_is_cut_into_equal_parts() -> None:
    silence = Speech(np.zeros(40 * RATE, np.float32), RATE)
    assert {len(part) for part in cut(silence, 1000, FPS, 10.0, 50)} == {250}


def test_a_pause_out_of_reach_is_not_taken() -> None:
    (first, second) = cut(spoken(40.0, ((1.0, 3.0),)), 1000, FPS, 20.0, 50)
    assert 14 * 25 <= len(first) <= 26 * 25
    assert first.stop == second.start


def test_speech_too_short_for_two_segments_stays_whole() -> None:
    assert cut(spoken(7.0), 175, FPS, 5.0, 50) == [range(175)]


def test_segments_are_a_quarter_of_the_threshold_but_never_tiny() -> None:
    assert segment_seconds(60.0) == 15.0
    assert segment_seconds(4.0) == SHORTEST_AIM
