"""Which frames are the source of a mouth."""

from __future__ import annotations

import numpy as np

from gpu_jobs.engines.lipsync.footage.track import FADE_FRAMES, fade_weights
from gpu_jobs.engines.lipsync.retrieval.source_choice import (
    CROSSFADE,
    SourcePick,
    choose_sources,
    in_their_shape,
    with_crossfades,
)
from gpu_jobs.engines.lipsync.retrieval.trajectory import MouthTrajectory
from gpu_jobs.engines.mouth.limits import CLOSED, SHUT


def trajectory_like(model, frames: np.ndarray) -> MouthTrajectory:
    """What the person did in these frames of their own clip."""
    return MouthTrajectory(model.codes[frames], model.openings[frames], model.widths[frames])


def choose(model, wanted, usable=None, angles=None):
    count = len(model.codes)
    return choose_sources(
        wanted,
        model,
        angles=np.zeros((count, 2), np.float32) if angles is None else angles,
        base=np.zeros(len(wanted), np.int64),
        usable=np.ones(count, bool) if usable is None else usable,
    )


def test_a_stretch_of_the_clip_is_found_as_one_run(talker):
    frames = np.arange(120, 200)
    path = choose(talker, trajectory_like(talker, frames))
    np.testing.assert_array_equal(path, frames)


def test_a_noisy_wish_is_still_served_by_long_runs(talker):
    frames = np.arange(120, 200)
    clean = trajectory_like(talker, frames)
    noise = np.random.default_rng(6).normal(scale=0.3, size=clean.codes.shape)
    codes = clean.codes + (noise * talker.codes.std(0)).astype(np.float32)
    path = choose(talker, MouthTrajectory(codes, clean.openings, clean.widths))
    assert np.count_nonzero(np.diff(path) != 1) < len(frames) / 8


def test_a_mouth_is_rather_covered_than_stretched(talker):
    """Between two frames as far from what is wanted, the more open one lends its mouth."""
    narrow, wanted, open_wide = 0.07, 0.08, 0.09
    nearest = [int(np.abs(talker.openings - one).argmin()) for one in (narrow, open_wide)]
    usable = np.zeros(len(talker.codes), bool)
    usable[nearest] = True
    codes = talker.codes[nearest].mean(0, keepdims=True)
    widths = talker.widths[nearest].mean(keepdims=True)
    path = choose(talker, MouthTrajectory(codes, np.float32([wanted]), widths), usable=usable)
    assert path.tolist() == [nearest[1]]


def test_unusable_frames_never_lend_a_mouth(talker):
    usable = np.ones(len(talker.codes), bool)
    usable[110:160] = False
    path = choose(talker, trajectory_like(talker, np.arange(100, 180)), usable=usable)
    assert usable[path].all()


def test_a_source_with_a_similar_head_turn_is_preferred(talker):
    """Two halves with the same mouths: the half turned like the base frame is the source."""
    half = len(talker.codes) // 2
    angles = np.zeros((len(talker.codes), 2), np.float32)
    angles[half:, 0] = 30
    path = choose(talker, trajectory_like(talker, np.arange(half - 40, half + 40)), angles=angles)
    assert (path < half).mean() > 0.9


def test_lips_that_were_shut_are_not_stretched_open(talker):
    """A little opening comes from a mouth that shows a gap, not from one that looks more alike."""
    shut = np.flatnonzero(talker.openings < SHUT)
    frames = np.repeat(shut[:1], 10)
    wanted = MouthTrajectory(
        talker.codes[frames], np.full(10, 1.8 * SHUT, np.float32), talker.widths[frames]
    )
    path = choose(talker, wanted)
    assert (talker.openings[path] > SHUT).all()


def test_only_cuts_between_similar_mouths_are_blended(talker):
    rest = int(np.abs(talker.openings).argmin())
    wide = int(talker.openings.argmax())
    usable = np.ones(len(talker.codes), bool)
    path = np.array([rest, rest, wide, wide])
    wanted = talker.openings[path]
    picks = with_crossfades(path, talker, wanted, usable)
    assert picks[0].share == 1
    assert picks[1].share < 1
    assert picks[2].share == 1  # closed lips must not show through the open mouth


def test_a_blend_ends_after_its_frames(talker):
    usable = np.ones(len(talker.codes), bool)
    path = np.array([10, 11, *range(50, 60)])
    wanted = np.full(len(path), talker.openings[12], np.float32)
    shares = [pick.share for pick in with_crossfades(path, talker, wanted, usable)]
    assert shares[2] < 1
    assert shares[2 + CROSSFADE :] == [1.0] * (len(path) - 2 - CROSSFADE)


def test_the_change_fades_out_before_a_lost_face_and_in_after_it():
    usable = np.ones(30, bool)
    usable[12:15] = False
    fade = fade_weights(usable)
    assert (fade[12:15] == 0).all()
    assert fade[12 - FADE_FRAMES] == fade[14 + FADE_FRAMES] == 1
    assert (np.diff(fade[:13]) <= 0).all()
    assert (np.diff(fade[14:]) >= 0).all()


def test_a_face_present_throughout_is_changed_throughout():
    assert (fade_weights(np.ones(5, bool)) == 1).all()


def test_shut_lips_are_lent_by_a_mouth_that_was_shut(talker):
    """An open mouth pressed shut keeps its teeth as a white line."""
    frames = 40
    shut = np.full(frames, CLOSED, np.float32)
    widths = np.full(frames, talker.range.rest, np.float32)
    wanted = MouthTrajectory(talker.code_for(shut, widths), shut, widths)
    path = choose(talker, wanted)
    assert np.median(talker.openings[path]) < 0.1 * talker.range.widest_opening


def test_a_mouth_is_drawn_in_the_shape_of_the_one_that_lends_it(talker):
    """As open and wide as wanted; what else is its own, a slant or a pout, stays."""
    frames = np.arange(120, 140)
    usual = talker.code_for(talker.openings[frames], talker.widths[frames])
    wanted = MouthTrajectory(usual, talker.openings[frames], talker.widths[frames])
    picks = [SourcePick(int(index), int(index), 1.0) for index in frames]
    shaped = in_their_shape(wanted, picks, talker)
    np.testing.assert_allclose(shaped.codes, talker.codes[frames], atol=1e-5)
    np.testing.assert_array_equal(shaped.openings, wanted.openings)
    unshaped = in_their_shape(wanted, picks, talker, share=0.0)
    np.testing.assert_array_equal(unshaped.codes, wanted.codes)
