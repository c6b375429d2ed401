"""What counts as a blink and as a seam."""

import cv2
import numpy as np

from eval.portrait_judge.measures import blink_count, edge_gradients
from gpu_jobs.engines.faces.geometry import FACE_OVAL, LEFT_EYE_OUTER, RIGHT_EYE_OUTER


def face() -> tuple[np.ndarray, np.ndarray]:
    """An even picture, and the mesh of a face in it."""
    mesh = np.full((468, 3), 100, np.float32)
    angles = np.linspace(0, 2 * np.pi, len(FACE_OVAL), endpoint=False)
    oval = np.stack([150 + 110 * np.sin(angles), 100 - 85 * np.cos(angles)], -1)
    mesh[list(FACE_OVAL), :2] = oval
    mesh[RIGHT_EYE_OUTER], mesh[LEFT_EYE_OUTER] = (80, 80, 0), (220, 80, 0)
    return np.full((200, 300, 3), 180, np.uint8), mesh


def test_a_blink_is_counted_once_however_long_it_lasts():
    lids = np.ones(50, np.float32)
    lids[10:13] = lids[30:31] = 0.1
    assert blink_count(lids) == 2


def test_eyes_that_begin_shut_have_blinked():
    assert blink_count(np.array([0.1, 0.9, 0.9], np.float32)) == 1


def test_a_face_pasted_in_has_a_steeper_edge():
    frame, mesh = face()
    pasted = frame.copy()
    cv2.fillPoly(pasted, [mesh[list(FACE_OVAL), :2].astype(np.int32)], (120, 120, 120))
    assert np.nanmax(edge_gradients(pasted, mesh)) > 5 + np.nanmax(edge_gradients(frame, mesh))
