"""Long speech is cut in its pauses, and nothing of it is lost."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from gpu_jobs.segments import SHORTEST, cut, segment_seconds
from gpu_jobs.timeline import Speech

RATE = 8_000
FPS = Fraction(25)


def spoken(seconds: float, pauses: tuple[tuple[float, float], ...] = ()) -> Speech:
    """Noise with silence in the `pauses` (start, end)."""
    samples = np.random.default_rng(1).normal(scale=0.1, size=round(seconds * RATE))
    for start, end in pauses:
        samples[round(start * RATE) : round(end * RATE)] = 0
    return Speech(samples.astype(np.float32), RATE)


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30_000, 1001), Fraction(22)])
@pytest.mark.parametrize("seconds", [3.0, 6.01, 59.0, 180.0])
def test_the_segments_are_the_frames_in_order_and_none_is_short(
    fps: Fraction, seconds: float
) -> None:
    frames = int(np.ceil(seconds * fps))
    parts = cut(spoken(seconds), frames, fps, 15.0)
    assert [step for part in parts for step in part] == list(range(frames))
    assert all(len(part) >= min(frames, SHORTEST * fps) for part in parts)


def test_cuts_lie_in_the_middle_of_pauses() -> None:
    pauses = ((9.0, 9.6), (21.2, 22.0))
    parts = cut(spoken(30.0, pauses), 750, FPS, 10.0)
    cuts = [part.start / FPS for part in parts[1:]]
    for place, (start, end) in zip(cuts, pauses, strict=True):
        assert start + 0.15 <= place <= end - 0.15


def test_without_pauses_the_parts_are_about_equal() -> None:
    lengths = [len(part) for part in cut(spoken(120.0), 3000, FPS, 15.0)]
    assert len(lengths) == 8
    assert max(lengths) <= 1.7 * min(lengths) * 1.2


def test_silence_is_cut_into_equal_parts() -> None:
    silence = Speech(np.zeros(40 * RATE, np.float32), RATE)
    assert {len(part) for part in cut(silence, 1000, FPS, 10.0)} == {250}


def test_a_pause_out_of_reach_is_not_taken() -> None:
    (first, second) = cut(spoken(20.0, ((1.0, 2.0),)), 500, FPS, 10.0)
    assert 4 * 25 < len(first) < 16 * 25
    assert first.stop == second.start


def test_speech_too_short_for_two_segments_stays_whole() -> None:
    assert cut(spoken(5.0), 125, FPS, 3.0) == [range(125)]


def test_segments_are_a_quarter_of_the_threshold_but_never_tiny() -> None:
    assert segment_seconds(60.0) == 15.0
    assert segment_seconds(4.0) == SHORTEST


def test_ten_seconds_make_three_of_the_shortest_segments() -> None:
    parts = cut(spoken(10.0), 250, FPS, SHORTEST)
    assert len(parts) == 3
    assert all(one.stop == other.start for one, other in itertools.pairwise(parts))
