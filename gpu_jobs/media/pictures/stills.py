"""Frames of a film as pictures of their own: without alpha, small, and as an animation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gpu_jobs.media.pictures.colour import to_bgr

Frame = NDArray[np.uint8]

_QUALITY: Final = 72


def opaque(frame: Frame) -> Frame:
    """A frame as it is coded (BGR, BGRA, or the planes of yuv420p) as BGR, before white."""
    if frame.ndim == 2:
        return to_bgr(frame)
    if frame.shape[2] == 3:
        return frame
    alpha = frame[..., 3:].astype(np.float32) / 255
    return np.round(frame[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)


def shrunk(frame: Frame, longer_side: int) -> Frame:
    """A BGR frame, its longer side so many pixels at most."""
    scale = min(1.0, longer_side / max(frame.shape))
    size = round(frame.shape[1] * scale), round(frame.shape[0] * scale)
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def write_animation(path: Path, frames: Sequence[Frame], fps: int) -> None:
    """BGR frames as a WebP that plays again and again, in the form that has a place for XMP."""
    first, *rest = (Image.fromarray(frame[:, :, ::-1]) for frame in frames)
    first.save(
        path,
        "WEBP",
        save_all=True,
        append_images=rest,
        duration=1000 // fps,
        loop=0,
        quality=_QUALITY,
        method=3,
        xmp=b" ",  # a plain WebP has no place for the label that comes there
    )
