"""Pictures with alpha laid over frames: titles and subtitles, blended only where they are.

A frame may be a buffer that its maker goes on using, so what an overlay covered is put back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]


class Overlay:
    """A straight-alpha BGRA picture (h, w, 4) at a place of the canvas, cut to what is seen of it.

    `left`, `top`: pixels of the canvas, may be outside; `canvas`: its width and height.
    """

    def __init__(self, pixels: Frame, left: int, top: int, canvas: tuple[int, int]) -> None:
        first_x, first_y = max(0, -left), max(0, -top)
        last_x = min(pixels.shape[1], canvas[0] - left)
        last_y = min(pixels.shape[0], canvas[1] - top)
        seen = pixels[first_y : max(first_y, last_y), first_x : max(first_x, last_x)]
        alpha = seen[..., 3:].astype(np.uint16)
        colour = (seen[..., :3] * alpha + 127) // 255
        self._colour = np.ascontiguousarray(colour, np.uint8)
        self._through = np.ascontiguousarray(np.repeat(255 - alpha, 3, axis=2), np.uint8)
        self._left, self._top = left + first_x, top + first_y

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width, height on the canvas; no size where nothing is visible."""
        height, width = self._colour.shape[:2]
        return self._left, self._top, width, height

    def region(self, frame: Frame) -> Frame:
        """What it covers of a BGR frame (H, W, 3), as a view."""
        left, top, width, height = self.box
        return frame[top : top + height, left : left + width]

    def draw(self, frame: Frame) -> None:
        """Blend it into a BGR frame of the canvas's size, in place."""
        region = self.region(frame)
        if region.size:
            dimmed = cv2.multiply(region, self._through, scale=1 / 255)
            region[:] = cv2.add(dimmed, self._colour)

    def draw_with_alpha(self, frame: Frame) -> None:
        """Blend it into a straight-alpha BGRA frame, in place: it is seen where nothing else is."""
        left, top, width, height = self.box
        region = frame[top : top + height, left : left + width]
        if not region.size:
            return
        below = region[..., 3:].astype(np.float32) / 255
        through = self._through.astype(np.float32) / 255
        alpha = 1 - through[..., :1] * (1 - below)
        colour = self._colour + region[..., :3] * below * through
        region[..., :3] = np.round(colour / np.maximum(alpha, 1e-4)).clip(0, 255)
        region[..., 3:] = np.round(255 * alpha)


@contextmanager
def laid_over(frame: Frame, overlays: Sequence[Overlay]) -> Iterator[Frame]:
    """The frame with overlays drawn in their order; as it was again after the block."""
    covered = [(overlay, overlay.region(frame).copy()) for overlay in overlays]
    for overlay in overlays:
        overlay.draw(frame)
    try:
        yield frame
    finally:
        for overlay, pixels in covered:
            overlay.region(frame)[:] = pixels
