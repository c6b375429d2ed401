"""What changes between frames, and where a clip is cut."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gpu_jobs.engines.lipsync.footage.picture_change import PictureChange, shots
from tests.support import sample_pictures

COUNT = 60
STILL = np.zeros((COUNT, 468, 3), np.float32) + np.linspace(0, 100, 468)[:, None]
FOUND = np.ones(COUNT, bool)


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    return sample_pictures.astronaut()


def seen(*frames: np.ndarray) -> tuple[list[bool], np.ndarray]:
    change = PictureChange()
    wary = [change.see(picture) for picture in frames]
    return wary, change.changes()


def swaying(amount: float) -> np.ndarray:
    """A picture's changes while somebody sways: (COUNT,)."""
    return (amount * np.abs(np.sin(np.arange(COUNT) / 4))).astype(np.float32)


def moved(meshes: np.ndarray, frame: int, pixels: float) -> np.ndarray:
    """The meshes with a leap at a frame."""
    leapt = meshes.copy()
    leapt[frame:, :, 0] += pixels
    return leapt


def test_a_picture_that_stands_still_does_not_change(portrait):
    assert seen(portrait, portrait)[1].tolist() == [0, 0]


def test_a_cut_is_looked_at_afresh_and_a_movement_is_not(portrait):
    shifted = [np.roll(portrait, 2 * step, axis=1) for step in range(6)]
    other = cv2.flip(portrait, -1)
    wary, _ = seen(*shifted, other, other)
    assert wary[2:] == [False] * 4 + [True, False]


def test_a_picture_that_changes_once_is_cut_there():
    changes = swaying(2)
    changes[24] = 30
    assert shots(changes, STILL, FOUND).tolist() == [0, 24]


@pytest.mark.parametrize("amount", [0.5, 3, 20])
def test_somebody_who_moves_is_one_shot(amount):
    assert shots(swaying(amount), STILL, FOUND).tolist() == [0]


def test_a_flash_is_no_cut():
    changes = swaying(1)
    changes[30:32] = 40  # there and back
    assert shots(changes, STILL, FOUND).tolist() == [0]


def test_frames_that_are_shown_twice_cut_nothing():
    changes = swaying(8)
    changes[::2] = 0
    assert shots(changes, STILL, FOUND).tolist() == [0]


def test_a_pause_taken_out_of_a_talk_is_seen_by_the_leap_of_the_face():
    changes = swaying(0.4)
    changes[40] = 2.2
    eyes = float(np.linalg.norm(STILL[0, 263] - STILL[0, 33]))
    assert shots(changes, moved(STILL, 40, 0.1 * eyes), FOUND).tolist() == [0, 40]
    assert shots(changes, STILL, FOUND).tolist() == [0]


def test_a_face_that_comes_back_elsewhere_has_not_leapt():
    found = FOUND.copy()
    found[35:40] = False
    changes = swaying(0.4)
    changes[40] = 2.2
    eyes = float(np.linalg.norm(STILL[0, 263] - STILL[0, 33]))
    assert shots(changes, moved(STILL, 40, eyes), found).tolist() == [0]
