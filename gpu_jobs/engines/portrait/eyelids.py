"""Closed eyes for a photo of open ones: lid skin painted over the eye, lashes at its edge."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.media.face_geometry import (
    LEFT_EYE_LOWER,
    LEFT_EYE_OUTER,
    LEFT_EYE_UPPER,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_OUTER,
    RIGHT_EYE_UPPER,
)

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]

LEVELS = 6
EYES = ((RIGHT_EYE_UPPER, RIGHT_EYE_LOWER), (LEFT_EYE_UPPER, LEFT_EYE_LOWER))
LASH_MARGIN = 0.045  # eye distances above the lid's contour that the open lashes cover
LASH_WIDTH = 0.010


@dataclass(frozen=True, slots=True)
class _Patch:
    left: int
    top: int
    levels: tuple[Frame, ...]


class Eyelids:
    """Draws blinks into one photo."""

    def __init__(self, photo: Frame, points: Floats) -> None:
        """`points`: (468, 2) pixels of the photo."""
        right, left = points[RIGHT_EYE_OUTER], points[LEFT_EYE_OUTER]
        unit = float(np.linalg.norm(left - right))
        self._patches = [
            _patch(photo, points[list(upper)], points[list(lower)], unit) for upper, lower in EYES
        ]
        self._level = 0

    def close(self, frame: Frame, amount: float) -> None:
        """Draw both lids at `amount` (0 as in the photo…1 shut) into the photo (H, W, ≥3).

        It is always the same one: what the last call drew there is not drawn again.
        """
        level = round(float(amount) * (LEVELS - 1))
        if level == self._level:
            return
        self._level = level
        for patch in self._patches:
            picture = patch.levels[level]
            height, width = picture.shape[:2]
            frame[patch.top : patch.top + height, patch.left : patch.left + width, :3] = picture


def _patch(photo: Frame, upper: Floats, lower: Floats, unit: float) -> _Patch:
    ring = np.concatenate([upper, lower])
    pad = np.array([0.03, 0.13]) * unit
    low = np.maximum(np.floor(ring.min(0) - pad), 0).astype(int)
    high = np.minimum(np.ceil(ring.max(0) + pad) + 1, photo.shape[1::-1]).astype(int)
    source = photo[low[1] : high[1], low[0] : high[0]]
    if min(source.shape[:2]) < 2:
        return _Patch(0, 0, (photo[:0, :0],) * LEVELS)
    shut = [
        _lid(source, upper - low, lower - low, unit, amount)
        for amount in np.linspace(0, 1, LEVELS)[1:]
    ]
    return _Patch(int(low[0]), int(low[1]), (source.copy(), *shut))


def _lid(source: Frame, upper: Floats, lower: Floats, unit: float, amount: float) -> Frame:
    """The eye with its upper lid lowered by `amount`; curves are in pixels of `source`."""
    height, width = source.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    columns = np.arange(width, dtype=np.float32)
    top = _curve(upper, columns)
    # Lids meet a little above the lower one's contour, on a flatter line.
    bottom = _curve(lower, columns)
    edge = top + (bottom - top) * 0.92 * amount
    crease = top - LASH_MARGIN * unit
    # The lid unfolds: the strip of skin above the lashes is stretched down to the moving edge.
    strip = 0.035 * unit
    along = np.clip((ys - crease) / np.maximum(edge - crease, 1), -1, 1)
    rows = np.where(ys < crease, ys, crease - strip * (1.4 - np.clip(along, 0, 1)))
    skin = cv2.remap(
        cv2.GaussianBlur(source, (0, 0), max(0.02 * unit, 0.8), sigmaY=max(0.006 * unit, 0.5)),
        xs,
        rows.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32)
    # Deep-set eyes lie in shadow, and strips there hold lashes: half of the colour comes from
    # the cheek under the eye.
    cheek = np.median(source[-max(height // 8, 1) :].reshape(-1, 3), axis=0)
    skin = 0.5 * skin + 0.46 * cheek.astype(np.float32)
    skin *= (1 - 0.14 * np.clip(along, 0, 1) ** 2)[..., None]
    soft = max(0.02 * unit, 1.0)
    inside = np.clip((ys - crease) / soft, 0, 1) * np.clip((edge - ys) / soft + 0.5, 0, 1)
    ends = np.clip(
        np.minimum(columns - upper[:, 0].min(), upper[:, 0].max() - columns) / soft, 0, 1
    )
    painted = source + (skin - source) * (inside * ends)[..., None]
    # Lashes hang just below the edge, thinner toward the inner corner.
    distance = np.abs(ys - edge - 0.3 * LASH_WIDTH * unit) / max(LASH_WIDTH * unit, 0.9)
    lashes = np.exp(-(distance**2)) * ends * 0.72
    painted *= (1 - lashes)[..., None] + lashes[..., None] * np.array(
        [0.22, 0.22, 0.27], np.float32
    )
    return np.asarray(np.clip(painted, 0, 255), np.uint8)


def _curve(points: Floats, columns: Floats) -> Floats:
    order = np.argsort(points[:, 0])
    return np.asarray(np.interp(columns, points[order, 0], points[order, 1]), np.float32)
