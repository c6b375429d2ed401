"""One photo in, the person's alpha out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from dh_core.errors import PersonNotSeparable
from gpu_jobs.engines.matting.refine import refine
from gpu_jobs.engines.matting.segmenter import SelfieSegmenter
from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.weights.store import WeightStore

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]

WEIGHTS = "selfie_segmentation.tflite"

_SURE = 0.5
_CROP_MARGIN = 0.12  # of the person's longer side
_LEAST_FACE = 0.6  # part of the face that must belong to the person found


class AlphaMatter:
    """See `MattingEngine`. Holds the segmentation network; one instance serves one thread.

    About 0.5 s and 250 MB for a photo of 2 megapixels; the time grows little with the size.
    """

    def __init__(self, weights: WeightStore, threads: int = 1) -> None:
        self._weights = weights
        self._threads = threads

    def setup(self) -> None:
        """Load the network (10 ms); raises WeightsMissing."""
        _ = self._segment

    @cached_property
    def _segment(self) -> SelfieSegmenter:
        return SelfieSegmenter(self._weights.path(WEIGHTS), self._threads)

    def matte(
        self, photo: Frame, face: Rectangle | None = None, others: Sequence[Rectangle] = ()
    ) -> Floats:
        """See `MattingEngine`."""
        likely = self._likelihood(photo, face, others)
        alpha = refine(photo, likely, _seed(likely, face))
        if face is not None and _inside(alpha, face).mean() < _LEAST_FACE:
            raise PersonNotSeparable
        return alpha

    def _likelihood(
        self, photo: Frame, face: Rectangle | None, others: Sequence[Rectangle]
    ) -> Floats:
        """What the network says of the frame and, seen closer, of the person's part of it."""
        whole = self._segment(photo)
        if face is not None and others:
            whole *= _own_side(photo.shape[1], face, others)
        columns = np.flatnonzero((whole > _SURE).any(0))
        rows = np.flatnonzero((whole > _SURE).any(1))
        if not len(rows):
            raise PersonNotSeparable
        margin = round(_CROP_MARGIN * max(np.ptp(rows), np.ptp(columns)))
        top, bottom = max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1
        left, right = max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1
        near = np.zeros_like(whole)
        near[top:bottom, left:right] = self._segment(photo[top:bottom, left:right])
        if face is not None and others:
            near *= _own_side(photo.shape[1], face, others)
        return (whole + 2 * near) / np.float32(3)


def _own_side(width: int, face: Rectangle, others: Sequence[Rectangle]) -> Floats:
    """1 in the columns nearer to this person than to another, in widths of their faces; (W,)."""
    columns = np.arange(width, dtype=np.float32)
    own = np.abs(columns - face.middle) / face.width
    rest = [np.abs(columns - other.middle) / other.width for other in others]
    return np.asarray(own <= np.min(rest, axis=0), np.float32)


def _seed(likely: Floats, face: Rectangle | None) -> tuple[int, int]:
    """(x, y) of a pixel that belongs to the person: inside the face, else the surest one."""
    if face is None:
        smooth = cv2.GaussianBlur(likely, (0, 0), 0.02 * max(likely.shape))
        row, column = np.unravel_index(int(smooth.argmax()), likely.shape)
        return int(column), int(row)
    height, width = likely.shape
    x, y = int(face.middle), int(face.y + 0.6 * face.height)
    return min(max(x, 0), width - 1), min(max(y, 0), height - 1)


def _inside(alpha: Floats, face: Rectangle) -> Floats:
    """The middle of the face, where hair and hats leave it free; never empty."""
    top = min(max(0, int(face.y + 0.3 * face.height)), alpha.shape[0] - 1)
    left = min(max(0, int(face.x + 0.2 * face.width)), alpha.shape[1] - 1)
    bottom, right = int(face.y + 0.9 * face.height), int(face.x + 0.8 * face.width)
    return alpha[top : max(bottom, top + 1), left : max(right, left + 1)]
