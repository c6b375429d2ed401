"""The teeth that a smiling photo shows, kept for its open mouth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.mouth.lip_gap import LipGap
from gpu_jobs.engines.portrait.mesh.picture.grid import Box
from gpu_jobs.engines.portrait.mesh.picture.sampling import sample

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]


class OwnTeeth:
    """Bright pixels inside the lips of a photo; they move with the skull."""

    def __init__(self, photo: Frame, lips: LipGap, unit: float) -> None:
        self._softness = max(0.7, 0.006 * unit)
        self._box = lips.box(photo.shape, 0.1 * unit)
        if self._box is None:
            return
        left, top, width, height = self._box
        self._photo = photo[top : top + height, left : left + width].copy()
        inside = lips.mask(self._box, max(0.6, 0.006 * unit))
        grey = cv2.cvtColor(self._photo, cv2.COLOR_BGR2GRAY).astype(np.float32)
        bright = float(np.percentile(grey[inside > 0.5], 75)) if np.any(inside > 0.5) else 255.0
        teeth = inside * np.clip((grey / bright - 0.45) / 0.25, 0, 1)
        self._mask = np.asarray(cv2.GaussianBlur(teeth, (0, 0), max(0.5, 0.004 * unit)), np.float32)

    def draw(self, picture: Frame, gap: LipGap, box: Box, at: Floats) -> None:
        """Lay the teeth into the gap of the lips; `at` (h, w, 2) says where the box comes from."""
        if self._box is None:
            return
        inside = (at - np.array(self._box[:2], np.float32)).astype(np.float32)
        alpha = gap.mask(box, self._softness) * sample(self._mask, inside)
        weight = cv2.merge([np.round(alpha * 255).astype(np.uint8)] * 3)
        left, top, width, height = box
        target = picture[top : top + height, left : left + width]
        target[:] = cv2.add(
            cv2.multiply(sample(self._photo, inside), weight, scale=1 / 255),
            cv2.multiply(target, 255 - weight, scale=1 / 255),
        )
