"""The person, the whole person and nothing but the person, with clean edges."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from dh_core.errors import DigitalHumanError, PersonNotSeparable
from gpu_jobs.engines.matting.engine import WEIGHTS, AlphaMatter
from gpu_jobs.engines.matting.foreground import foreground_colours
from gpu_jobs.engines.matting.guided_filter import guided_filter
from gpu_jobs.engines.matting.refine import refine
from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.weights.store import WeightStore
from tests.support import sample_pictures

ROOT = Path(__file__).resolve().parents[5]
FACE = Rectangle(180, 60, 90, 110)


@pytest.fixture(scope="module")
def matter():
    store = WeightStore(ROOT / ".weights")
    try:
        store.path(WEIGHTS)
    except DigitalHumanError as error:
        pytest.skip(str(error))
    return AlphaMatter(store)


@pytest.fixture(scope="module")
def astronaut():
    return sample_pictures.astronaut()


def test_the_person_is_solid_and_the_room_is_gone(matter, astronaut):
    alpha = matter.matte(astronaut, FACE)
    assert alpha.shape == (512, 512)
    assert alpha.dtype == np.float32
    assert alpha[90:140, 200:245].min() > 0.98, "the face"
    assert alpha[300:450, 120:260].min() > 0.98, "the suit, badges included"
    assert alpha[:200, 330:].max() < 0.02, "the shuttle model"
    assert alpha[:150, :120].max() < 0.02, "the flag"


def test_the_same_photo_gives_the_same_alpha(matter, astronaut):
    assert np.array_equal(matter.matte(astronaut, FACE), matter.matte(astronaut, FACE))


def test_of_two_people_only_the_chosen_one_is_kept(matter, astronaut):
    pair = np.hstack([astronaut, astronaut[:, ::-1]])
    right = FACE.moved(2 * (512 - FACE.middle), 0)
    alpha = matter.matte(pair, right, [FACE])
    assert alpha[80:170, 770:830].min() > 0.95
    assert alpha[:, :400].max() < 0.05


def test_a_picture_without_a_person_is_refused(matter):
    empty = np.full((300, 300, 3), (120, 160, 90), np.uint8)
    with pytest.raises(PersonNotSeparable, match="background"):
        matter.matte(empty, Rectangle(100, 100, 60, 80))


def test_a_rough_guess_becomes_the_edge_that_the_photo_shows():
    photo = np.full((240, 240, 3), (40, 160, 60), np.uint8)
    cv2.circle(photo, (120, 120), 70, (60, 60, 200), -1)
    guess = np.zeros((240, 240), np.float32)
    cv2.circle(guess, (124, 117), 66, 1.0, -1)
    alpha = refine(photo, cv2.GaussianBlur(guess, (0, 0), 6), (120, 120))
    truth = photo[:, :, 2] > 128
    assert (alpha > 0.5).sum() == pytest.approx(truth.sum(), rel=0.02)
    assert np.abs((alpha > 0.5).astype(int) - truth).sum() < 0.03 * truth.sum()


def test_what_is_not_joined_to_the_person_is_dropped_and_badges_are_filled():
    photo = np.full((240, 320, 3), (40, 160, 60), np.uint8)
    guess = np.zeros((240, 320), np.float32)
    for middle, radius in (((100, 120), 70), ((270, 60), 25)):
        cv2.circle(photo, middle, radius, (60, 60, 200), -1)
        cv2.circle(guess, middle, radius, 1.0, -1)
    cv2.circle(photo, (100, 120), 6, (40, 160, 60), -1)
    alpha = refine(photo, guess, (100, 90))
    assert alpha[120, 100] > 0.95
    assert alpha[60, 270] < 0.05


def test_the_guided_filter_finds_the_edge_of_its_guide():
    guide = np.zeros((60, 60, 3), np.float32)
    guide[:, 30:] = (0.9, 0.5, 0.1)
    wanted = np.zeros((60, 60), np.float32)
    wanted[:, 33:] = 1
    found = guided_filter(guide, wanted, 8, 1e-4)
    assert found[30, 5] < 0.02
    assert found[30, 30] - found[30, 29] > 0.5


def test_soft_edges_lose_the_colour_of_the_old_background():
    alpha = np.clip((np.arange(200, dtype=np.float32) - 80) / 40, 0, 1)
    alpha = np.repeat(alpha[None], 50, 0)
    person, behind = np.array([40, 60, 90.0]), np.array([30, 230, 40.0])
    photo = alpha[:, :, None] * person + (1 - alpha[:, :, None]) * behind
    clean = foreground_colours(photo.round().astype(np.uint8), alpha, 30)

    def spill(colours):
        """What of the old background shows over a new one."""
        return (np.abs(colours[25] - person).max(-1) * alpha[25]).max()

    assert spill(photo) > 35
    assert spill(clean.astype(float)) < 8
    assert np.array_equal(clean[:, 130:], photo[:, 130:].round().astype(np.uint8))
