"""Which frames of the clip play under the speech."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from gpu_jobs.engines.lipsync.footage.base_choice import choose_base, joined
from gpu_jobs.engines.lipsync.footage.base_footage import BLINKING, BaseFootage

FPS = 25.0


def footage(
    length: int,
    *,
    uneasy: range = range(0),
    still: tuple[int, ...] | None = None,
    blinking: range = range(0),
    starts: tuple[int, ...] = (0,),
) -> BaseFootage:
    """Calm frames but for the `uneasy`; turning is seen everywhere but in the `still` ones."""
    unease, restlessness = np.zeros(length, np.float32), np.zeros(length, np.float32)
    blinks = np.zeros(length, np.float32)
    unease[list(uneasy)] = 1.2
    blinks[list(blinking)] = 1
    if still is not None:
        restlessness[:] = 6
        restlessness[list(still)] = 0
    return BaseFootage(FPS, unease, restlessness, blinks, starts)


def turns(path: np.ndarray) -> np.ndarray:
    """The frames at which a path turns round."""
    return path[1:-1][np.diff(path, 2) != 0]


def nodding(length: int, period: float) -> BaseFootage:
    """A head that moves to and fro; it is where it began after each period, in frames."""
    clip = footage(length)
    heads = np.zeros((length, 5), np.float32)
    heads[:, 0] = np.sin(2 * np.pi * np.arange(length) / period)
    heads[:, 1] = np.cos(2 * np.pi * np.arange(length) / period)
    return replace(clip, fit="loop", heads=heads)


def test_a_loop_jumps_to_where_the_head_was_alike_and_leaves_room_for_its_cross_fade():
    path = choose_base(nodding(260, 100.0), 1000)
    (jumps,) = np.nonzero(np.diff(path) != 1)
    assert len(jumps) >= 4
    for jump in jumps:
        assert (path[jump] + 1 - path[jump + 1]) % 100 in (0, 1, 99)
    assert path.max() <= 260 - 10
    assert np.unique(path).size > 180


def test_a_frozen_clip_plays_once_and_holds_a_late_picture_without_a_blink():
    path = choose_base(replace(footage(100, blinking=range(90, 100)), fit="freeze"), 300)
    assert path[:70].tolist() == list(range(70))
    assert 75 <= path[-1] < 90
    assert (path[100:] == path[-1]).all()


def test_where_a_loop_jumps_what_was_left_fades_out():
    pictures = [np.full((2, 2, 3), value, np.uint8) for value in range(0, 200, 2)]
    base = [*range(60), *range(40)]
    made = joined(pictures.__getitem__, 100, Fraction(25), base, range(100))
    shown = [int(picture[0, 0, 0]) for picture in made]
    assert shown[:60] == list(range(0, 120, 2))
    assert 105 < shown[60] < shown[59]
    assert all(0 < before - after < 20 for before, after in itertools.pairwise(shown[60:69]))
    assert shown[70:] == [2 * frame for frame in base[70:]]


def test_a_speech_shorter_than_a_calm_clip_plays_it_from_its_beginning():
    assert choose_base(footage(200), 150).tolist() == list(range(150))


@pytest.mark.parametrize("length", [2, 3, 25, 75, 500])
@pytest.mark.parametrize("count", [1, 2, 40, 1300])
def test_the_clip_always_plays_at_its_own_speed(length, count):
    path = choose_base(footage(length), count)
    assert len(path) == count
    assert path.min() >= 0 and path.max() < length
    assert (np.abs(np.diff(path)) == 1).all()


def test_a_clip_of_one_frame_stands_still():
    assert choose_base(footage(1), 5).tolist() == [0] * 5


def test_it_turns_round_where_the_person_is_still():
    path = choose_base(footage(300, still=(12, 140, 287)), 2000)
    assert len(turns(path)) > 3
    assert set(turns(path)) <= {12, 140, 287}


def test_laughter_is_gone_round_as_long_as_the_rest_suffices():
    laughing = range(100, 150)
    path = choose_base(footage(400, uneasy=laughing), 3000)
    assert not np.isin(path, laughing).any()


def test_a_calm_stretch_late_in_the_clip_is_where_a_short_speech_begins():
    path = choose_base(footage(400, uneasy=range(250)), 120)
    assert path.min() >= 250


def test_a_clip_of_laughter_only_is_used_all_the_same():
    path = choose_base(footage(100, uneasy=range(100)), 300)
    assert set(path) == set(range(100))


def test_a_long_speech_shows_the_whole_calm_clip_and_no_part_all_the_time():
    shown = np.bincount(choose_base(footage(500), 10_000), minlength=500)
    assert shown.min() > 0
    assert shown.max() < 4 * np.median(shown)


def test_the_first_frame_is_not_half_a_blink():
    assert choose_base(footage(300, blinking=range(8)), 100)[0] == 8


def test_nothing_turns_round_in_a_blink_however_still_the_head_is():
    clip = footage(120)
    clip.restlessness[55:62] = BLINKING
    assert not np.isin(turns(choose_base(clip, 3000)), range(55, 62)).any()


def test_a_shot_is_not_left_across_a_cut():
    path = choose_base(footage(300, starts=(0, 120)), 1500)
    assert path.max() < 120 or path.min() >= 120


def test_a_longer_shot_is_rather_played_than_one_that_is_too_short_to_stay_in():
    path = choose_base(footage(300, starts=(0, 10)), 1000)
    assert path.min() >= 10


def test_a_shot_without_a_usable_face_is_not_played_under_the_speech():
    path = choose_base(footage(300, uneasy=range(150), starts=(0, 150)), 1000)
    assert path.min() >= 150


def test_the_same_clip_and_speech_give_the_same_frames():
    clip = footage(300, uneasy=range(50, 90), still=(20, 45, 95, 280))
    np.testing.assert_array_equal(choose_base(clip, 900), choose_base(clip, 900))


@pytest.mark.parametrize("length", [2, 300])
@pytest.mark.parametrize("fit", ["bounce", "loop", "freeze"])
def test_a_path_goes_on_from_a_shorter_one(fit: str, length: int) -> None:
    clip, part = replace(nodding(length, 100.0), fit=fit), np.zeros(0, np.int64)
    for count in (1, 60, 61, 430, 900):
        longer = choose_base(clip, count, part, ends=count == 900)
        assert len(longer) == count
        np.testing.assert_array_equal(longer[: len(part)], part)
        assert fit != "bounce" or (np.abs(np.diff(longer)) == 1).all()
        part = longer


def test_a_speech_whose_end_is_known_gets_the_calmest_stretch_of_its_length() -> None:
    clip = footage(400, uneasy=range(200))
    clip.unease[100:160], clip.unease[200:] = 0, 0.05
    assert choose_base(clip, 60).tolist() == list(range(100, 160))
    assert choose_base(clip, 60, ends=False).min() >= 200  # room for more
