"""The gap between parted lips: two lines from one mouth corner to the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import LOWER_LIP_INNER, UPPER_LIP_INNER

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]
"""left, top, width, height in pixels."""


@dataclass(frozen=True, slots=True)
class LipGap:
    """`upper` and `lower` edge, (N, 2) pixels each, from the right corner to the left one."""

    upper: Floats
    lower: Floats

    @classmethod
    def of_mesh(cls, points: Floats) -> Self:
        """The gap that a face mesh (468, 2) draws."""
        return cls(points[list(UPPER_LIP_INNER)], points[list(LOWER_LIP_INNER)])

    def heights(self, down: Floats) -> Floats:
        """Distance (N,) of the edges along the unit vector `down`; negative where they cross."""
        return np.asarray((self.lower - self.upper) @ down, np.float32)

    def box(self, shape: tuple[int, ...], margin: float) -> Box | None:
        """The rectangle around the gap inside a picture of `shape`, or None if it lies outside."""
        ring = np.concatenate([self.upper, self.lower])
        low = np.maximum(np.floor(ring.min(0) - margin), 0).astype(int)
        high = np.minimum(np.ceil(ring.max(0) + margin) + 1, shape[1::-1]).astype(int)
        if np.any(high - low < 2):
            return None
        return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])

    def mask(self, box: Box, blur: float) -> Floats:
        """Soft mask (h, w), 0…1, of the gap inside a box."""
        left, top, width, height = box
        ring = np.concatenate([self.upper, self.lower[-2:0:-1]])
        mask = np.zeros((height, width), np.uint8)
        fixed = np.round((ring - [left, top]) * 16).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 255, lineType=cv2.LINE_AA, shift=4)
        soft = cv2.GaussianBlur(mask, (0, 0), blur)
        return np.asarray(soft, np.float32) / np.float32(255)
