"""Reading pictures at fractional positions."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Samples = TypeVar("Samples", NDArray[np.uint8], NDArray[np.float32])


def sample(picture: Samples, at: NDArray[np.float32]) -> Samples:
    """`picture` (H, W[, C]) read bilinearly at `at` (h, w, 2), the nearest pixel beyond edges."""
    x, y = np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1])
    read = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read, picture.dtype)
