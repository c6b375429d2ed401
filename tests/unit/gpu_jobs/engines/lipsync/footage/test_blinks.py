"""When somebody blinks, by how far their own lids are usually apart."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.engines.faces.geometry import (
    LEFT_EYE_LOWER,
    LEFT_EYE_OUTER,
    LEFT_EYE_UPPER,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_OUTER,
    RIGHT_EYE_UPPER,
)
from gpu_jobs.engines.lipsync.footage.blinks import blinking

FPS, COUNT = 25.0, 100
ALL = np.ones(COUNT, bool)


def lids(gap: np.ndarray) -> np.ndarray:
    """Meshes (T, 468, 3) whose lids are `gap` (T,) eye distances apart."""
    meshes = np.zeros((len(gap), 468, 3), np.float32)
    for upper, lower in ((RIGHT_EYE_UPPER, RIGHT_EYE_LOWER), (LEFT_EYE_UPPER, LEFT_EYE_LOWER)):
        meshes[:, upper[1:-1], 1] = -gap[:, None] * 50
        meshes[:, lower[1:-1], 1] = gap[:, None] * 50
    meshes[:, RIGHT_EYE_OUTER, 0], meshes[:, LEFT_EYE_OUTER, 0] = -50, 50
    return meshes


def blinked(usual: float, *, lowest: float = 0.2) -> np.ndarray:
    """Gaps of eyes that shut once, in frames 40 to 43."""
    gap = np.full(COUNT, usual)
    gap[40:44] = usual * np.array([0.5, lowest, lowest, 0.5])
    return gap


@pytest.mark.parametrize("usual", [0.04, 0.07, 0.11])
def test_a_blink_and_the_moment_around_it_are_known_whatever_the_eyes(usual):
    found = np.flatnonzero(blinking(lids(blinked(usual)), ALL, FPS))
    assert found.tolist() == list(range(38, 46))


def test_narrow_eyes_and_raised_brows_are_no_blink():
    gap = 0.08 + 0.012 * np.sin(np.arange(COUNT) / 8)
    assert not blinking(lids(gap), ALL, FPS).any()


def test_frames_without_a_face_do_not_say_how_far_lids_are_apart():
    gap = np.append(np.full(80, 0.01), np.full(20, 0.08))
    seen = np.arange(COUNT) >= 80
    assert not blinking(lids(gap), seen, FPS)[82:].any()


def test_a_blink_before_a_cut_says_nothing_of_the_next_shot():
    found = blinking(lids(blinked(0.08)), ALL, FPS, (0, 44))
    assert np.flatnonzero(found).tolist() == list(range(38, 44))
