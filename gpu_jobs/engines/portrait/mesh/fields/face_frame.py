"""Face coordinates: origin at the middle of the mouth, x along the eyes, y down the face.

Their unit is the distance between the outer corners of the eyes, about 90 mm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpu_jobs.engines.faces.geometry import LEFT_EYE_OUTER, MOUTH_LEFT, MOUTH_RIGHT, RIGHT_EYE_OUTER

Floats = NDArray[np.float32]


class FaceFrame:
    """Face coordinates of one mesh (468, 2) in pixels."""

    def __init__(self, points: Floats) -> None:
        eyes = points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]
        self.unit = float(np.linalg.norm(eyes))
        self.across = eyes / self.unit
        self.down = np.array([-self.across[1], self.across[0]], np.float32)
        self.origin = (points[MOUTH_RIGHT] + points[MOUTH_LEFT]) / 2

    def local(self, pixels: Floats) -> Floats:
        """Pixels (…, 2) to face coordinates."""
        offset = (pixels - self.origin) / self.unit
        return np.stack([offset @ self.across, offset @ self.down], -1).astype(np.float32)

    def to_pixels(self, vectors: Floats) -> Floats:
        """Displacements (…, 2) in face coordinates to pixels."""
        turned = vectors[..., :1] * self.across + vectors[..., 1:] * self.down
        return np.asarray(turned * self.unit, np.float32)


def smooth(x: ArrayLike) -> Floats:
    """0 up to 0, 1 from 1, with level ends (smoothstep)."""
    t = np.clip(np.asarray(x, np.float32), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
