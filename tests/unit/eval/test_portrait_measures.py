"""What counts as a blink and as a seam."""

import cv2
import numpy as np

from eval.portrait_judge.measures import blink_count, edge_gradients, eye_likeness
from gpu_jobs.engines.faces.geometry import FACE_OVAL


def face(shut=False, shift=0):
    """A picture with two drawn eyes, and its mesh."""
    frame = np.full((200, 300, 3), 180, np.uint8)
    mesh = np.full((468, 3), 100, np.float32)
    angles = np.linspace(0, 2 * np.pi, len(FACE_OVAL), endpoint=False)
    oval = np.stack([150 + 110 * np.sin(angles), 100 - 85 * np.cos(angles)], -1)
    mesh[list(FACE_OVAL), :2] = oval + shift
    for outer, inner, x in ((33, 133, 100), (263, 362, 200)):
        side = 1 if x < 150 else -1
        mesh[outer], mesh[inner] = (x - 20 * side, 80, 0), (x + 20 * side, 80, 0)
        mesh[[outer, inner], :2] += shift
        if not shut:
            cv2.circle(frame, (x + shift, 80 + shift), 6, (40, 40, 40), -1)
    if shut:
        cv2.line(frame, (80 + shift, 86 + shift), (220 + shift, 86 + shift), (120, 120, 120), 1)
    return frame, mesh


def test_open_eyes_are_like_themselves_wherever_the_head_is():
    assert eye_likeness(*face(shift=3), *face()) > 0.95


def test_shut_eyes_are_unlike_open_ones():
    assert eye_likeness(*face(shut=True), *face()) < 0.5


def test_a_blink_is_counted_once_however_long_it_lasts():
    likeness = np.ones(50, np.float32)
    likeness[10:13] = likeness[30:31] = 0.1
    assert blink_count(likeness) == 2


def test_eyes_that_begin_shut_have_blinked():
    assert blink_count(np.array([0.1, 0.9, 0.9], np.float32)) == 1


def test_a_face_pasted_in_has_a_steeper_edge():
    frame, mesh = face()
    pasted = frame.copy()
    cv2.fillPoly(pasted, [mesh[list(FACE_OVAL), :2].astype(np.int32)], (120, 120, 120))
    assert np.nanmax(edge_gradients(pasted, mesh)) > 5 + np.nanmax(edge_gradients(frame, mesh))
