"""What the judge of portraits measures, beside what it shares with the judge of lips. Pure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from eval.lipsync_judge.measures import ring_gradients
from gpu_jobs.engines.faces.geometry import (
    FACE_OVAL,
    LIPS,
    FloatArray,
    eye_distance,
)

Frame = NDArray[np.uint8]

RING_OFFSETS = (-0.12, -0.08, -0.04, 0.0, 0.04, 0.08, 0.12)
"""Eye distances from the face's edge inward at which a seam is looked for."""
SHUT_EYE = 0.4
"""Gap of the lids over the photo's own, under which eyes are shut."""


def blink_count(lids: FloatArray) -> int:
    """How often the lids (T,), apart as a share of what they are in the photo, come to be shut."""
    shut = (lids < SHUT_EYE).astype(np.int8)
    return int(np.count_nonzero(np.diff(np.concatenate([[0], shut])) == 1))


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
