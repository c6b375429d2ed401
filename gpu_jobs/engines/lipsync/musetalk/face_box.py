"""Which part of a frame the network sees: the published crop, from our face mesh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import FACE_OVAL, FloatArray
from gpu_jobs.engines.lipsync.musetalk.models import FACE_SIDE

Frame = NDArray[np.uint8]

EXTRA_MARGIN = 10
"""Pixels added below the chin in version 1.5 (`--extra_margin` in `scripts/inference.py`)."""
CONTOUR = FACE_OVAL[7:30]
"""From ear to ear under the chin: what points 0 to 16 of the 68 are to the published crop."""
NOSE_MIDDLE = (195, 5)
"""Around point 29 of the 68, a third of the way up from the tip of the nose to the eyes."""
_NOSE_TIP = 4
_SMALLEST = 16  # px; what is left of a face that leaves the picture


@dataclass(frozen=True, slots=True)
class FaceBox:
    """The crop: x from `left` up to `right`, y from `top` up to `bottom`, inside the frame."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, mesh: FloatArray, shape: tuple[int, ...]) -> Self | None:
        """The box of a face mesh (468, ≥2) in a frame of `shape` (H, W, …); None if too little.

        `get_landmark_and_bbox` in `musetalk/utils/preprocessing.py`: coordinates in whole pixels;
        the chin is as far below the middle of the nose as the top is above it; sides at the
        outermost landmarks; then EXTRA_MARGIN, at most to the edge (`scripts/inference.py`, "v15").
        Where that leaves the frame the published code takes its face detector's box; this one is
        cut off at the edge.
        """
        whole = mesh[:, :2].astype(np.int32)
        outline = whole[[*CONTOUR, _NOSE_TIP]]
        middle = int(mesh[list(NOSE_MIDDLE), 1].mean())
        chin = int(outline[:, 1].max())
        height, width = shape[:2]
        box = cls(
            left=max(0, int(outline[:, 0].min())),
            top=max(0, middle - (chin - middle)),
            right=min(width, int(outline[:, 0].max())),
            bottom=min(height, chin + EXTRA_MARGIN),
        )
        return box if min(box.width, box.height) >= _SMALLEST else None

    @property
    def width(self) -> int:
        """Pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels."""
        return self.bottom - self.top

    @property
    def hidden_from(self) -> int:
        """The frame's first row that the network does not see and paints anew."""
        return self.top + self.height // 2

    def crop(self, frame: Frame) -> Frame:
        """The box as the network's square (256, 256, 3), Lanczos ("Preprocess input images")."""
        inside = frame[self.top : self.bottom, self.left : self.right]
        square = cv2.resize(inside, (FACE_SIDE, FACE_SIDE), interpolation=cv2.INTER_LANCZOS4)
        return np.asarray(square, np.uint8)
