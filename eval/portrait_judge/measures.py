"""What the judge of portraits measures, beside what it shares with the judge of lips. Pure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from eval.lipsync_judge.measures import ring_gradients
from gpu_jobs.engines.faces.geometry import (
    FACE_OVAL,
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LIPS,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    FloatArray,
    eye_distance,
)

Frame = NDArray[np.uint8]

RING_OFFSETS = (-0.12, -0.08, -0.04, 0.0, 0.04, 0.08, 0.12)
"""Eye distances from the face's edge inward at which a seam is looked for."""
SHUT_EYE = 0.5
"""Likeness to the photo's open eyes under which they are shut. The mesh itself cannot tell: it
draws open lids over shut ones."""
_EYES = ((RIGHT_EYE_OUTER, RIGHT_EYE_INNER), (LEFT_EYE_OUTER, LEFT_EYE_INNER))
_EYE_SIZE = (32, 16)


def eye_likeness(frame: Frame, mesh: FloatArray, photo: Frame, own: FloatArray) -> float:
    """Correlation of both eyes with the photo's, 1 where they are the same.

    BGR pictures with their meshes (468, 3).
    """
    shown, wanted = _eyes(frame, mesh).ravel(), _eyes(photo, own).ravel()
    return float(np.corrcoef(shown, wanted)[0, 1])


def blink_count(likeness: FloatArray) -> int:
    """How often the eyes (T,) come to look shut."""
    shut = (likeness < SHUT_EYE).astype(np.int8)
    return int(np.count_nonzero(np.diff(np.concatenate([[0], shut])) == 1))


def _eyes(frame: Frame, mesh: FloatArray) -> FloatArray:
    """Both eyes from corner to corner, grey, in one size; (2, 16, 32), each without its mean."""
    eyes = []
    for corners in _EYES:
        first, last = mesh[list(corners), :2]
        x = (last - first) / (_EYE_SIZE[0] - 1)
        y = np.array([-x[1], x[0]]) * (1 if x[0] > 0 else -1)
        origin = first - y * (_EYE_SIZE[1] - 1) / 2
        to_frame = np.column_stack([x, y, origin]).astype(np.float32)
        eye = cv2.warpAffine(
            frame, to_frame, _EYE_SIZE, flags=cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
        )
        grey = cv2.cvtColor(eye, cv2.COLOR_BGR2GRAY).astype(np.float32)
        eyes.append(grey - grey.mean())
    return np.stack(eyes)


def edge_gradients(frame: Frame, mesh: FloatArray) -> FloatArray:
    """Mean gradient across rings around the face's edge in a BGR frame; one per RING_OFFSETS."""
    unit = eye_distance(mesh)
    outline = mesh[list(FACE_OVAL), :2]
    margin = 0.3 * unit
    left, top = np.maximum(np.floor(outline.min(0) - margin), 0).astype(int)
    right, bottom = np.ceil(outline.max(0) + margin).astype(int)
    grey = cv2.cvtColor(frame[top:bottom, left:right], cv2.COLOR_BGR2GRAY).astype(np.float32)
    corner = np.array([left, top])
    lips = mesh[list(LIPS), :2] - corner
    return ring_gradients(grey, outline - corner, lips, unit, RING_OFFSETS)
