"""Between BGR pixels and what H.264 stores, for pictures of which little changes."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_TO_YUV: Final = np.array(
    [
        [0.0722 * 219 / 255, 0.7152 * 219 / 255, 0.2126 * 219 / 255, 16.0],
        [0.5 * 224 / 255, -0.3854 * 224 / 255, -0.1146 * 224 / 255, 128.0],
        [-0.0458 * 224 / 255, -0.4542 * 224 / 255, 0.5 * 224 / 255, 128.0],
    ],
    np.float32,
)
"""Limited-range Y'CbCr of 8-bit BGR (ITU-R BT.709, 3.2-3.4)."""


def to_yuv420(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A BGR frame (H, W, 3) of even size as the planes of yuv420p (BT.709) in (H * 3 / 2, W)."""
    height, width = frame.shape[:2]
    luma, *chroma = cv2.split(cv2.transform(frame, _TO_YUV))
    planes = np.empty((height * 3 // 2, width), np.uint8)
    planes[:height] = luma
    quarters = planes.reshape(-1)[height * width :].reshape(2, height // 2, width // 2)
    for plane, quarter in zip(chroma, quarters, strict=True):
        # Samples lie between two rows and on every second column (H.264's default, "left").
        rows = cv2.resize(plane, (width, height // 2), interpolation=cv2.INTER_AREA)
        quarter[:] = cv2.sepFilter2D(rows, -1, np.array([0.25, 0.5, 0.25]), np.ones(1))[:, ::2]
    return planes


def to_bgr(planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The planes that `to_yuv420` made as a BGR frame (H, W, 3)."""
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    quarters = planes.reshape(-1)[height * width :].reshape(2, height // 2, width // 2)
    chroma = [cv2.resize(quarter, (width, height)) for quarter in quarters]
    values = np.dstack([planes[:height], *chroma]).astype(np.float32) - _TO_YUV[:, 3]
    colours = values @ np.linalg.inv(_TO_YUV[:, :3]).T
    return np.round(colours.clip(0, 255)).astype(np.uint8)
