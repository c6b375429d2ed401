"""What changes between frames, on NASA's portrait of Eileen Collins (public domain)."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gpu_jobs.engines.faces.geometry import LEFT_EYE_UPPER, RIGHT_EYE_UPPER
from gpu_jobs.engines.faces.mesh import Face
from gpu_jobs.engines.lipsync.footage.picture_change import PictureChange
from tests.support import sample_pictures

EYES = {33: (194, 101), 133: (214, 102), 362: (236, 104), 263: (256, 104)}


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    return sample_pictures.astronaut()


def face(shift: float = 0.0) -> Face:
    points = np.zeros((468, 3), np.float32)
    for index, place in EYES.items():
        points[index, :2] = np.add(place, shift)
    assert {RIGHT_EYE_UPPER[0], RIGHT_EYE_UPPER[-1], LEFT_EYE_UPPER[0], LEFT_EYE_UPPER[-1]} == set(
        EYES
    )
    return Face(points, 1.0)


def changes(*frames: tuple[np.ndarray, Face | None]) -> np.ndarray:
    change = PictureChange()
    for picture, seen in frames:
        change.see(picture, seen)
    return change.changes()


def blinked(portrait: np.ndarray) -> np.ndarray:
    """Skin painted over the eyes."""
    shut = portrait.copy()
    for x, y in ((204, 101), (246, 103)):
        cv2.ellipse(shut, (x, y), (9, 5), 0, 0, 360, (150, 170, 210), -1)
    return shut


def test_a_picture_that_stands_still_does_not_change(portrait):
    assert changes((portrait, face()), (portrait, face())).tolist() == [[0, 0], [0, 0]]


def test_a_blink_changes_the_eyes_and_hardly_the_picture(portrait):
    whole, eyes = changes((portrait, face()), (blinked(portrait), face()))[1]
    assert eyes > 10
    assert whole < 0.5


def test_a_moving_head_keeps_its_eyes(portrait):
    moved = np.roll(portrait, (4, 4), axis=(0, 1))
    whole, eyes = changes((portrait, face()), (moved, face(4)))[1]
    assert eyes < 0.1
    assert whole > 3


def test_eyes_that_were_not_seen_did_not_change(portrait):
    seen = changes((portrait, face()), (portrait, None), (blinked(portrait), face()))
    assert seen[1:, 1].tolist() == [0, 0]
