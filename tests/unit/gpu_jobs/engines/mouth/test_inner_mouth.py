"""The painted inside of a mouth."""

import numpy as np

from gpu_jobs.engines.faces.geometry import (
    LIP_BOTTOM_INNER,
    LIP_TOP_INNER,
    LOWER_LIP_INNER,
    UPPER_LIP_INNER,
)
from gpu_jobs.engines.mouth.inner_mouth import paint_inner_mouth
from gpu_jobs.engines.mouth.lip_gap import LipGap

SKIN = np.uint8([140, 165, 205])


def face_with_gap(gap):
    """A flat face of one colour whose lips stand `gap` px apart; eyes are 200 px apart."""
    points = np.full((468, 2), 200.0, np.float32)
    points[33], points[263] = (100, 100), (300, 100)
    for lips, side in ((UPPER_LIP_INNER, -0.5), (LOWER_LIP_INNER, 0.5)):
        along = np.linspace(-1, 1, len(lips))
        points[list(lips)] = np.stack([200 + 50 * along, 250 + side * gap * (1 - along**2)], -1)
    return np.tile(SKIN, (400, 400, 1)), points


def painted(gap):
    frame, points = face_with_gap(gap)
    paint_inner_mouth(frame, points, LipGap.of_mesh(points))
    return frame, points


def test_closed_lips_are_left_alone():
    frame, _ = painted(0)
    assert np.all(frame == SKIN)


def test_teeth_are_brighter_than_the_cavity_below_them():
    frame, points = painted(30)
    teeth = frame[int(points[LIP_TOP_INNER, 1]) + 6, 200].astype(int)
    cavity = frame[250 + 2, 200].astype(int)
    assert teeth.mean() > 100 > cavity.mean()


def test_nothing_outside_the_lips_changes():
    frame, points = painted(30)
    assert np.all(frame[: int(points[LIP_TOP_INNER, 1]) - 8] == SKIN)
    assert np.all(frame[int(points[LIP_BOTTOM_INNER, 1]) + 8 :] == SKIN)


def test_a_dark_picture_gets_dark_teeth():
    frame, points = face_with_gap(30)
    dark = (frame * 0.3).astype(np.uint8)
    paint_inner_mouth(dark, points, LipGap.of_mesh(points))
    assert dark.max() < 110


def test_a_mouth_outside_the_frame_is_skipped():
    frame, points = face_with_gap(30)
    small = frame[:120].copy()
    paint_inner_mouth(small, points, LipGap.of_mesh(points))
    assert np.all(small == SKIN)
