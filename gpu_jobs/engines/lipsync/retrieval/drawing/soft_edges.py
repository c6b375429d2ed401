"""Edges that bending made sharper than the picture's own, given back their softness.

Where rows are pressed together (a lower lip that covers teeth) an edge comes out as sharp as a
pixel allows; beside a soft picture it looks cut out with scissors.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import FloatArray

Frame = NDArray[np.uint8]

_EDGES = 90  # percentile of the steps in brightness from which on they are edges
_DRAWN = 0.5  # px, standard deviation of a drawn edge: that of a pixel's own square, and reading
_MOST = 3.0  # px; more is a mouth out of focus, whose teeth have no edges
_REACH = 1.0  # standard deviations beside an edge that are softened with it
_LEAST_ROWS = 6  # px


def softness(picture: Frame, points: FloatArray) -> float:
    """Standard deviation in px of the blur along columns of the edges around `points` (N, 2).

    Of a step blurred by a Gaussian of deviation s, the energy of the first derivative is 2 s² times
    that of the second. 0 where too little is seen.
    """
    height, width = picture.shape[:2]
    left, top = np.clip(np.floor(points.min(0)), 0, (width, height)).astype(int)
    right, bottom = np.clip(np.ceil(points.max(0)) + 1, 0, (width, height)).astype(int)
    if bottom - top < _LEAST_ROWS or right <= left:
        return 0.0
    seen = picture[top:bottom, left:right, 1].astype(np.float32)
    first = (seen[2:] - seen[:-2]) / 2
    second = seen[2:] + seen[:-2] - 2 * seen[1:-1]
    edges = np.abs(first) >= np.percentile(np.abs(first), _EDGES)
    energy = float((second[edges] ** 2).sum())
    if energy == 0:
        return 0.0
    return min(_MOST, float(np.sqrt((first[edges] ** 2).sum() / (2 * energy))))


def soften(seen: FloatArray, pressed: FloatArray, deviation: float) -> None:
    """Blur `seen` (H, W, 3) along its columns where it is `pressed` (H, W), in place.

    Up to edges of standard `deviation` in px. `pressed`: the share of an edge's variance that was
    lost there, 0 where nothing was.
    """
    if deviation <= _DRAWN:
        return
    blur = float(np.sqrt(deviation**2 - _DRAWN**2))
    reach = int(np.ceil(_REACH * deviation))
    rows, columns = np.flatnonzero(pressed.any(1)), np.flatnonzero(pressed.any(0))
    if not len(rows):
        return
    top, bottom = max(0, rows[0] - 2 * reach), rows[-1] + 2 * reach + 1
    place = slice(top, bottom), slice(columns[0], columns[-1] + 1)
    sharp = seen[place]
    soft = cv2.GaussianBlur(sharp, (1, 0), sigmaX=0.1, sigmaY=blur)
    mask = cv2.dilate(pressed[place], np.ones((2 * reach + 1, 1), np.uint8))
    share = cv2.blur(mask, (3, 3))
    seen[place] = sharp + share[..., None] * (soft - sharp)
