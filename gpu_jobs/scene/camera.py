"""A slow move toward the person, so that even a still picture lives."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]

CLOSER = 0.035
"""How much larger the picture ends than it began."""


def approached(frame: Frame, progress: float) -> Frame:
    """The frame (H, W, 3) at `progress` 0…1 of the move; a new array.

    The lower edge's middle stays where it is: that is where the crop line must not come loose.
    """
    height, width = frame.shape[:2]
    eased = progress * progress * (3 - 2 * progress)
    zoom = 1 + CLOSER * eased
    matrix = np.array([[zoom, 0, (1 - zoom) * width / 2], [0, zoom, (1 - zoom) * height]])
    moved = cv2.warpAffine(
        frame, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.uint8)
