"""Whose mouth moves with the sound: on numbers, and on two pictures that speak."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.engines.lipsync.footage.speaker import UNSURE_WARNING, find_speaker, whose_sound
from gpu_jobs.engines.portrait.mesh.face_finder import FaceFinder
from gpu_jobs.engines.portrait.mesh.fields.pose import Pose
from gpu_jobs.engines.portrait.mesh.stage import PortraitStage
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.support import sample_pictures
from tests.unit.gpu_jobs.engines.lipsync.footage.test_sync import FPS, babble, mouth_of

ROOT = Path(__file__).resolve().parents[6]
SIDE, SHOWN_FPS, SHOWN_SECONDS = 180, Fraction(25, 2), 7


def test_the_mouth_that_moves_with_the_sound_is_the_speakers():
    gaps = np.stack([mouth_of(babble(2), 0.0), mouth_of(babble(1), 0.08)], 1)
    assert whose_sound(gaps, babble(1), FPS) == 1
    assert whose_sound(gaps, babble(2), FPS) == 0


def test_a_speaker_who_is_away_for_a_while_is_found():
    gaps = np.stack([np.full(300, 0.002, np.float32), mouth_of(babble(1), 0.0)], 1)
    gaps[100:160, 1] = np.nan
    assert whose_sound(gaps, babble(1), FPS) == 1


def test_laughter_does_not_hide_who_speaks():
    speaking = mouth_of(babble(1), 0.0)
    speaking[200:220] = 0.4
    gaps = np.stack([mouth_of(babble(2), 0.0), speaking], 1)
    assert whose_sound(gaps, babble(1), FPS) == 1


@pytest.mark.parametrize("mouths", [(2, 3), (1, 1)])
def test_nobody_is_named_who_does_not_fit_or_fits_no_better_than_another(mouths):
    gaps = np.stack([mouth_of(babble(seed), 0.0) for seed in mouths], 1)
    assert whose_sound(gaps, babble(1), FPS) is None


@pytest.fixture(scope="module")
def weights() -> WeightStore:
    store = WeightStore(ROOT / ".weights")
    try:
        FaceTracker(store)
    except WeightsMissing as missing:
        pytest.skip(missing.message)
    return store


def side_by_side(weights: WeightStore, mouths: list[np.ndarray]) -> Iterator[np.ndarray]:
    """NASA's portrait of Eileen Collins (public domain), and mirrored and dyed, speaking."""
    eileen = np.ascontiguousarray(sample_pictures.astronaut()[30:210, 132:312])
    finder = FaceFinder(weights)
    stages = [
        PortraitStage(picture, None, finder.find(picture))
        for picture in (eileen, np.ascontiguousarray(eileen[:, ::-1, ::-1]))
    ]
    for openings in zip(*mouths, strict=True):
        shown = [
            stage.render(Pose(opening=float(opening), width=0.5)).copy()
            for stage, opening in zip(stages, openings, strict=True)
        ]
        yield np.concatenate(shown, 1)


@pytest.mark.parametrize(("said", "speaks"), [((1, 2), 0), ((2, 1), 1)])
def test_of_two_speaking_pictures_the_one_in_sync_is_followed(weights, said, speaks):
    count = int(SHOWN_SECONDS * SHOWN_FPS)
    times = (np.arange(count) * FPS / float(SHOWN_FPS)).astype(int)
    mouths = [np.clip(8 * mouth_of(babble(seed), 0.0)[times], 0, 1) for seed in said]
    tracker = FaceTracker(weights)
    frames = list(side_by_side(weights, mouths))
    found = find_speaker(frames, SHOWN_FPS, babble(1)[: SHOWN_SECONDS * 16_000], tracker)
    assert found.warnings == ()
    tracker.follow(found.index, found.person)
    face = tracker(frames[0])
    assert face is not None
    assert (face.points[:, 0].mean() > SIDE) == bool(speaks)


def test_without_sound_the_largest_face_is_taken_and_said_so(weights):
    frames = side_by_side(weights, [np.zeros(8), np.zeros(8)])
    found = find_speaker(frames, SHOWN_FPS, None, FaceTracker(weights))
    assert (found.index, found.person, found.warnings) == (None, None, (UNSURE_WARNING,))
