"""The visible AI label (GB 45438-2025) where it hides neither the title nor the face."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from gpu_jobs.media.label.labelling import video_label_png
from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.scene.layer import Layer

_MARGIN: Final = 0.03  # of the canvas's shorter side


def place_label(canvas: tuple[int, int], title: Rectangle | None, face: Rectangle | None) -> Layer:
    """The label for a canvas (width, height): top left, else the first place that is free.

    The upper corners and the edges beneath the title come first, because subtitles are shown below.
    """
    drawn = cv2.imdecode(np.frombuffer(video_label_png(*canvas), np.uint8), cv2.IMREAD_UNCHANGED)
    assert drawn is not None
    rows, columns = np.flatnonzero(drawn[:, :, 3].any(1)), np.flatnonzero(drawn[:, :, 3].any(0))
    pixels = np.asarray(drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.uint8)
    height, width = pixels.shape[:2]
    margin = round(_MARGIN * min(canvas))
    right, bottom = canvas[0] - margin - width, canvas[1] - margin - height
    corners = [(margin, margin), (right, margin), (margin, bottom), (right, bottom)]
    if title is not None and (beneath := round(title.bottom) + margin) <= canvas[1] // 2:
        corners[2:2] = [(margin, beneath), (right, beneath)]
    taken = [box for box in (title, face) if box is not None]
    free = [
        corner
        for corner in corners
        if not any(_overlap(Rectangle(*corner, width, height), box) for box in taken)
    ]
    x, y = (free or corners)[0]
    return Layer(pixels, x, y)


def _overlap(a: Rectangle, b: Rectangle) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom
