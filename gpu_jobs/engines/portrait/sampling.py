"""Reading pictures at fractional positions."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Samples = TypeVar("Samples", NDArray[np.uint8], NDArray[np.float32])

_NO_SECOND_MAP = np.empty(0, np.float32)  # x and y come in one array


def sample(picture: Samples, at: NDArray[np.float32]) -> Samples:
    """`picture` (H, W[, C]) read bilinearly at `at` (h, w, 2), the nearest pixel beyond edges."""
    read = cv2.remap(picture, at, _NO_SECOND_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read, picture.dtype)
