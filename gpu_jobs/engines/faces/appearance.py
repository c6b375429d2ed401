"""How a face looks: its colours at the points of its mesh, and whether two are one person's.

Each point lies on the same spot of the face, however the head turns and the mouth moves, so the
colours of two pictures compare point by point.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import MESH_POINTS, FloatArray, eye_distance
from gpu_jobs.engines.faces.mesh import LIP_POINTS, Frame

Appearance = NDArray[np.uint8]

SAME = 0.7
"""Likeness from which two faces are one person's. Measured on five clips and five photos: at least
0.78 between any two frames of one person, at most 0.66 between two people."""
_SURE = 0.8  # likeness from which a person's appearance is learnt further
_LEARNING = 0.05  # share of a new frame in it: light that changes in seconds is followed
_FLAT = 1.0  # levels; a channel that varies less says nothing
_PIXELS = 48.0  # of the eye distance at which colours are read
_SMOOTHING = 1.0  # of those pixels; noise and pores say nothing
_SKIN = np.setdiff1d(np.arange(MESH_POINTS), LIP_POINTS)  # lips move, and teeth show between them


def appearance(picture: Frame, points: FloatArray) -> Appearance:
    """Colours (468, 3), 8-bit Lab, of a BGR picture (H, W, 3) at the points of a mesh (468, 3)."""
    height, width = picture.shape[:2]
    unit = max(eye_distance(points), 1.0)
    low = np.clip(np.floor(points[:, :2].min(0) - 0.1 * unit), 0, (width - 2, height - 2))
    high = np.clip(np.ceil(points[:, :2].max(0) + 0.1 * unit), low + 2, (width, height))
    (left, top), (right, bottom) = low.astype(int), high.astype(int)
    zoom = _PIXELS / unit
    size = (max(2, round((right - left) * zoom)), max(2, round((bottom - top) * zoom)))
    quality = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    small = cv2.resize(picture[top:bottom, left:right], size, interpolation=quality)
    small = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), _SMOOTHING), cv2.COLOR_BGR2LAB)
    x, y = ((points[:, :2] - low + 0.5) * zoom - 0.5).astype(np.float32).T[:, None]
    read = cv2.remap(small, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read[0], np.uint8)


def signature(looks: Appearance) -> FloatArray:
    """A unit vector of an appearance (468, 3) in which brighter or warmer light does not count."""
    colours = looks[_SKIN].astype(np.float32)
    colours -= colours.mean(0)
    flat = (colours / (colours.std(0) + _FLAT)).ravel()
    return np.asarray(flat / max(float(np.linalg.norm(flat)), 1e-6), np.float32)


@dataclass(slots=True)
class Person:
    """Somebody as seen so far: `mean` of the signatures, of which newer ones count more."""

    mean: FloatArray

    def likeness(self, seen: FloatArray) -> float:
        """Correlation of a signature with this person's, up to 1."""
        return float(self.mean @ seen / max(float(np.linalg.norm(self.mean)), 1e-6))

    def learn(self, seen: FloatArray) -> None:
        """Take in another signature, unless it may be somebody else's."""
        if self.likeness(seen) >= _SURE:
            self.mean = np.asarray(self.mean + _LEARNING * (seen - self.mean), np.float32)
