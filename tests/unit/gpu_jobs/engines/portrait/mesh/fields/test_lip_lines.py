"""Where the lips of a photo part."""

import cv2
import numpy as np

from gpu_jobs.engines.faces.geometry import (
    LEFT_EYE_OUTER,
    LOWER_LIP_INNER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    RIGHT_EYE_OUTER,
    UPPER_LIP_INNER,
)
from gpu_jobs.engines.portrait.mesh.fields.face_frame import FaceFrame
from gpu_jobs.engines.portrait.mesh.fields.lip_lines import LipLines

MOUTH_Y = 250.0


def face(gap):
    """A mesh whose inner lips stand `gap` px apart; eyes are 200 px apart."""
    points = np.full((468, 2), 200.0, np.float32)
    points[RIGHT_EYE_OUTER], points[LEFT_EYE_OUTER] = (100, 100), (300, 100)
    points[MOUTH_RIGHT], points[MOUTH_LEFT] = (150, MOUTH_Y), (250, MOUTH_Y)
    for lips, side in ((UPPER_LIP_INNER, -0.5), (LOWER_LIP_INNER, 0.5)):
        along = np.linspace(-1, 1, len(lips))
        y = MOUTH_Y + side * gap * (1 - along**2)
        points[list(lips)] = np.stack([200 + 50 * along, y], -1)
    return points


def lines(photo, points):
    return LipLines.of(photo, points, FaceFrame(points))


def skin_with_seam(y):
    photo = np.full((400, 400, 3), 170, np.uint8)
    cv2.line(photo, (140, y), (260, y), (60, 60, 90), 2)
    return cv2.GaussianBlur(photo, (0, 0), 1)


def test_touching_lips_part_along_the_dark_line_between_them():
    found = lines(skin_with_seam(252), face(gap=2))
    assert np.abs(found.meeting * 200 + MOUTH_Y - 252).max() < 1.5


def test_touching_lips_have_no_gap_of_their_own():
    assert lines(skin_with_seam(250), face(gap=2)).gap.max() == 0


def test_parted_lips_keep_their_gap_and_meet_inside_it():
    found = lines(np.full((400, 400, 3), 170, np.uint8), face(gap=24))
    assert 24 / 200 <= found.gap.max() < 30 / 200
    assert np.all(found.meeting >= found.upper - 1e-6)
    assert np.all(found.meeting <= found.lower + 1e-6)
