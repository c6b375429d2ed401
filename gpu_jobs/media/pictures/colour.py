"""Between BGR pixels and what H.264 stores, of whole pictures or of what changes in them.

Planes are those of yuv420p (BT.709, limited range) one after the other in (H * 3 / 2, W).
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_TO_YUV: Final = np.array(
    [
        [0.0722 * 219 / 255, 0.7152 * 219 / 255, 0.2126 * 219 / 255, 16.0],
        [0.5 * 224 / 255, -0.3854 * 224 / 255, -0.1146 * 224 / 255, 128.0],
        [-0.0458 * 224 / 255, -0.4542 * 224 / 255, 0.5 * 224 / 255, 128.0],
    ],
    np.float32,
)
"""Limited-range Y'CbCr of 8-bit BGR (ITU-R BT.709, 3.2-3.4)."""
_TURN_BACK: Final = np.linalg.inv(_TO_YUV[:, :3])
_TO_BGR: Final = np.column_stack([_TURN_BACK, -_TURN_BACK @ _TO_YUV[:, 3]]).astype(np.float32)


def to_yuv420(frame: Pixels) -> Pixels:
    """A BGR frame (H, W, 3) of even size as planes."""
    height, width = frame.shape[:2]
    values = cv2.transform(frame, _TO_YUV)
    # Samples lie between two rows and on every second column (H.264's default, "left").
    right = cv2.resize(values, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    if width > 2:
        inner = values[:, 1:-1]
        left = cv2.resize(inner, (width // 2 - 1, height // 2), interpolation=cv2.INTER_AREA)
        right[:, 1:] = cv2.addWeighted(right[:, 1:], 0.5, left, 0.5, 0)
    planes = np.empty((height * 3 // 2, width), np.uint8)
    planes[:height] = values[..., 0]
    _chroma(planes)[:] = np.moveaxis(right[..., 1:], -1, 0)
    return planes


def to_bgr(planes: Pixels) -> Pixels:
    """Planes as a BGR frame (H, W, 3)."""
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    chroma = [cv2.resize(plane, (width, height)) for plane in _chroma(planes)]
    return np.asarray(cv2.transform(cv2.merge([planes[:height], *chroma]), _TO_BGR), np.uint8)


def cut_planes(planes: Pixels, rows: slice, columns: slice) -> Pixels:
    """The planes of a part of a picture; it begins and ends at even places."""
    height, width = rows.stop - rows.start, columns.stop - columns.start
    part = np.empty((height * 3 // 2, width), np.uint8)
    part[:height] = planes[rows, columns]
    _chroma(part)[:] = _chroma(planes)[_halved(rows, columns)]
    return part


def put_planes(planes: Pixels, rows: slice, columns: slice, part: Pixels) -> None:
    """Put a part back where `cut_planes` took it, in place."""
    planes[rows, columns] = part[: rows.stop - rows.start]
    _chroma(planes)[_halved(rows, columns)] = _chroma(part)


def _chroma(planes: Pixels) -> Pixels:
    """Both, (2, H / 2, W / 2), as a view."""
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    return planes.reshape(-1)[height * width :].reshape(2, height // 2, width // 2)


def _halved(rows: slice, columns: slice) -> tuple[slice, slice, slice]:
    upright, across = (slice(one.start // 2, one.stop // 2) for one in (rows, columns))
    return slice(None), upright, across
