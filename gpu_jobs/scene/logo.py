"""A logo in a corner of the picture: beside the AI label, never on it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dh_core.specs.talking_video import Corner
from gpu_jobs.media.pictures.decoder import Picture
from gpu_jobs.media.pictures.overlay import Overlay
from gpu_jobs.media.pictures.rectangle import Rectangle

_MARGIN: Final = 0.03
"""Of the picture's shorter side, as the label has it."""


def logo_overlay(
    logo: Picture, corner: Corner, size: float, canvas: tuple[int, int], label: Rectangle
) -> Overlay:
    """The logo, its longer side `size` of the canvas's shorter one, in a corner.

    `canvas`: width and height; `label`: where the AI label is, beneath or above which a logo stands
    that is to be there.
    """
    width, height = canvas
    shorter = min(canvas)
    pixels = _with_alpha(logo)
    scale = size * shorter / max(pixels.shape[:2])
    side = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    small = _resized(pixels, side)
    margin = round(_MARGIN * shorter)
    left = margin if corner.endswith("left") else width - margin - side[0]
    top = margin if corner.startswith("top") else height - margin - side[1]
    beside = left >= label.right or left + side[0] <= label.x
    if not beside and top < label.bottom and top + side[1] > label.y:
        below = round(label.bottom) + margin // 2
        top = below if corner.startswith("top") else round(label.y) - margin // 2 - side[1]
    return Overlay(small, left, top, canvas)


def _with_alpha(logo: Picture) -> NDArray[np.uint8]:
    alpha = logo.alpha
    if alpha is None:
        alpha = np.full(logo.bgr.shape[:2], 255, np.uint8)
    return np.dstack([logo.bgr, alpha])


def _resized(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Premultiplied meanwhile: what is transparent lends no colour to the edge."""
    alpha = pixels[..., 3:].astype(np.float32) / 255
    both = np.dstack([pixels[..., :3] * alpha, alpha])
    how = cv2.INTER_AREA if size[0] < pixels.shape[1] else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(both, size, interpolation=how), np.float32).clip(0)
    colour = small[..., :3] / np.maximum(small[..., 3:], 1e-4)
    return np.round(np.dstack([colour.clip(0, 255), 255 * small[..., 3:].clip(0, 1)])).astype("u1")
