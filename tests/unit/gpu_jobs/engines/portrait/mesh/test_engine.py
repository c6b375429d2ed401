"""The engine as jobs call it."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from dh_core.errors import FaceIndexOutOfRange, FaceTooSmall, NoFaceFound, TaskCancelled
from gpu_jobs.audio.speech import Phoneme, Speech
from gpu_jobs.engines.portrait.mesh.face_finder import FaceFinder
from gpu_jobs.engines.registry import PORTRAIT

FPS = Fraction(25)


@pytest.fixture(scope="module")
def engine(weights):
    return PORTRAIT.load(PORTRAIT.default, weights)


@pytest.fixture(scope="module")
def small(photo):
    return cv2.resize(photo, (256, 256), interpolation=cv2.INTER_AREA)


def hum(seconds=1.0, phonemes=()):
    t = np.arange(int(16_000 * seconds)) / 16_000
    return Speech((0.3 * np.sin(700 * t)).astype(np.float32), 16_000, tuple(phonemes))


def frames_of(engine, *arguments, report=lambda _: None, **options):
    return [frame.copy() for frame in engine.animate(*arguments, FPS, report, **options)]


def test_a_speech_gets_exactly_its_frames_and_ends_its_report_at_one(engine, small):
    reports = []
    speech = hum(0.5, [Phoneme("a", 0.1, 0.4)])
    frames = frames_of(engine, small, None, speech, report=reports.append)
    assert len(frames) == 13
    assert {frame.shape for frame in frames} == {small.shape}
    assert reports == sorted(reports)
    assert reports[-1] == 1


def test_the_callers_picture_is_left_as_it_was(engine, small):
    before = small.copy()
    frames_of(engine, small, None, 3.0)
    assert np.array_equal(small, before)


def test_a_waiting_person_lives_with_shut_lips(engine, small):
    frames = frames_of(engine, small, None, 3.0)
    assert len(frames) == 75
    assert not np.array_equal(frames[0], frames[-1])


def test_a_picture_without_a_face_is_refused(engine):
    with pytest.raises(NoFaceFound, match="photo"):
        frames_of(engine, np.full((128, 128, 3), 128, np.uint8), None, 1.0)


def test_a_face_on_the_backdrop_is_nobody(engine, small):
    empty = np.zeros((256, 256, 4), np.uint8)
    with pytest.raises(NoFaceFound):
        frames_of(engine, empty, small, 1.0)


def test_a_tiny_face_is_refused_by_its_size(engine, photo):
    tiny = cv2.resize(photo, (96, 96), interpolation=cv2.INTER_AREA)
    with pytest.raises(FaceTooSmall, match="60 pixels"):
        frames_of(engine, cv2.copyMakeBorder(tiny, 60, 60, 60, 60, cv2.BORDER_REPLICATE), None, 1.0)


def test_people_are_counted_from_the_left(weights, small):
    finder = FaceFinder(weights)
    pair = np.hstack([small, cv2.flip(small, 1)])
    left, right = finder.find(pair, 0), finder.find(pair, 1)
    assert left[:, 0].mean() < 256 < right[:, 0].mean()
    with pytest.raises(FaceIndexOutOfRange, match="2 face"):
        finder.find(pair, 2)


def test_a_large_picture_is_found_where_its_small_copy_is(weights, small, photo):
    finder = FaceFinder(weights)
    large = cv2.resize(photo, (2560, 2560), interpolation=cv2.INTER_CUBIC)
    assert np.abs(finder.find(large) / 10 - finder.find(small)).max() < 3


def test_pictures_that_do_not_go_together_are_refused(engine, small):
    with pytest.raises(ValueError, match="expected"):
        frames_of(engine, small, small, 1.0)
    with pytest.raises(ValueError, match="differ"):
        frames_of(engine, np.dstack([small, small[..., 0]]), small[:100], 1.0)


def test_a_cancel_stops_between_two_frames(engine, small):
    def cancel(_):
        raise TaskCancelled

    frames = engine.animate(small, None, hum(), FPS, cancel)
    next(frames)
    with pytest.raises(TaskCancelled):
        next(frames)


def test_an_unknown_engine_is_named_by_its_error(weights):
    with pytest.raises(KeyError, match="neural"):
        PORTRAIT.load("neural", weights)
