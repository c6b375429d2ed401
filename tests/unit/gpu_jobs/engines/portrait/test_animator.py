"""What a viewer of an animated portrait would notice."""

from fractions import Fraction

import numpy as np
import pytest

from dh_core.errors import NoFaceFound, TaskCancelled
from gpu_jobs.engines.portrait import PortraitAnimator
from gpu_jobs.engines.portrait.animator import PortraitStage
from gpu_jobs.engines.portrait.warp import Pose
from gpu_jobs.media.face_geometry import LIP_BOTTOM_INNER, LIP_TOP_INNER, MOUTH_LEFT, MOUTH_RIGHT
from gpu_jobs.timeline import Phoneme, Speech

REST = Pose(0.0, 0.5)


@pytest.fixture(scope="module")
def stage(photo, points):
    return PortraitStage(photo, points)


def seen(tracker, frame):
    tracker.reset()
    points = tracker(frame).points[:, :2]
    unit = np.linalg.norm(points[33] - points[263])
    gap = np.linalg.norm(points[LIP_BOTTOM_INNER] - points[LIP_TOP_INNER]) / unit
    return gap, np.linalg.norm(points[MOUTH_LEFT] - points[MOUTH_RIGHT]) / unit


def hum(seconds=1.0, phonemes=()):
    t = np.arange(int(16_000 * seconds)) / 16_000
    return Speech((0.3 * np.sin(700 * t)).astype(np.float32), 16_000, tuple(phonemes))


def test_a_wider_opening_looks_wider_and_a_shut_mouth_looks_shut(tracker, stage):
    gaps = [seen(tracker, stage.render(Pose(opening, 0.5), 0))[0] for opening in (0, 0.25, 0.5)]
    assert gaps[0] < 0.04  # the photo's own smile parts the lips by 0.11
    assert gaps[0] < gaps[1] < gaps[2]


def test_rounded_lips_look_narrower_than_spread_ones(tracker, stage):
    rounded = seen(tracker, stage.render(Pose(0.3, 0.0), 0))[1]
    spread = seen(tracker, stage.render(Pose(0.3, 1.0), 0))[1]
    assert rounded < spread


def test_the_border_of_the_frame_never_moves(stage, photo):
    frame = stage.render(Pose(1.0, 0.2, x=0.03, y=0.03, roll=0.01), 0)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        assert np.abs(frame[edge].astype(int) - photo[edge]).max() <= 2


def test_a_moving_mouth_leaves_the_eyes_and_the_hair_alone(stage, points):
    eyes_bottom = int(points[[145, 374], 1].max()) + 4
    shut, wide = stage.render(REST, 0), stage.render(Pose(1.0, 0.5), 0)
    assert np.array_equal(shut[:eyes_bottom], wide[:eyes_bottom])


def test_a_blink_covers_the_iris_with_something_brighter_and_nothing_else(stage, points):
    open_eyes, shut_eyes = stage.render(REST, 0), stage.render(REST, 1)
    for upper, lower in ((159, 145), (386, 374)):
        x, y = points[[upper, lower]].mean(0).astype(int)
        pupil = np.s_[y - 3 : y + 3, x - 3 : x + 3]
        assert shut_eyes[pupil].mean() > open_eyes[pupil].mean() + 20
    below = int(points[[145, 374], 1].max()) + 20
    assert np.array_equal(open_eyes[below:], shut_eyes[below:])


def test_a_speech_gets_exactly_its_frames_in_the_asked_size(tracker, photo):
    reports = []
    animator = PortraitAnimator(tracker)
    speech = hum(0.5, [Phoneme("a", 0.1, 0.4)])
    frames = list(
        animator.animate(photo, speech, Fraction(30000, 1001), (256, 256), reports.append)
    )
    assert len(frames) == 15
    assert {frame.shape for frame in frames} == {(256, 256, 3)}
    assert reports == sorted(reports)
    assert reports[-1] == 1


def test_recorded_speech_without_phonemes_moves_the_mouth_too(tracker, photo):
    speech = hum(0.4)
    frames = list(
        PortraitAnimator(tracker).animate(photo, speech, Fraction(10), None, lambda _: None)
    )
    assert seen(tracker, frames[2])[0] > 0.04


def test_a_picture_without_a_face_is_refused(tracker):
    grey = np.full((128, 128, 3), 128, np.uint8)
    with pytest.raises(NoFaceFound):
        next(PortraitAnimator(tracker).animate(grey, hum(), Fraction(25), None, lambda _: None))


def test_a_cancel_stops_between_two_frames(tracker, photo):
    def cancel(_):
        raise TaskCancelled

    frames = PortraitAnimator(tracker).animate(photo, hum(), Fraction(25), (128, 128), cancel)
    next(frames)
    with pytest.raises(TaskCancelled):
        next(frames)
