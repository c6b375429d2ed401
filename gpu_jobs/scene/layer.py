"""Something drawn, to be laid over frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Layer:
    """Straight-alpha BGRA pixels (h, w, 4) whose top left corner is `x`, `y` of the canvas."""

    pixels: Pixels
    x: int
    y: int

    def draw_on(self, frame: Pixels) -> None:
        """Lay it over a BGR frame (H, W, 3), in place."""
        height, width = self.pixels.shape[:2]
        target = frame[self.y : self.y + height, self.x : self.x + width]
        weight = self.pixels[:, :, 3:].astype(np.uint16)
        mixed = self.pixels[:, :, :3] * weight + target * (255 - weight)
        target[:] = ((mixed + 127) // 255).astype(np.uint8)
