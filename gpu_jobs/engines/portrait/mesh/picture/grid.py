"""Displacements on a coarse grid over a box of the canvas.

What moves skin is smooth: it is computed, summed and inverted every few pixels, then enlarged.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.portrait.mesh.picture.sampling import sample

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]
"""left, top, width, height in pixels."""

_ITERATIONS = 3


class CoarseGrid:
    """Nodes every `step` pixels over a box, one more on each side."""

    def __init__(self, box: Box, step: int) -> None:
        self.box = box
        self.step = step
        left, top, width, height = box
        columns, rows = (-(-side // step) + 2 for side in (width, height))
        # Enlarging by `step` keeps the middle of a cell in place.
        self._corner = np.array([left, top]) - step + (step - 1) / 2
        cells = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1)
        self._cells = cells.astype(np.float32)
        self.nodes = (cells * step + self._corner).astype(np.float32)
        """Pixels of the canvas, (rows, columns, 2)."""

    def part(self, box: Box) -> CoarseGrid:
        """The grid of the cells of this one that `box` touches."""
        (left, top, _, _), step = self.box, self.step
        low = ((np.array(box[:2]) - (left, top)) // step).astype(int)
        high = -(-(np.array(box[:2]) + box[2:] - (left, top)) // step).astype(int)
        most = np.array(self.box[2:])
        first, size = low * step, np.minimum(high * step, most) - low * step
        return CoarseGrid((left + first[0], top + first[1], int(size[0]), int(size[1])), step)

    def read(self, field: Floats, points: Floats) -> Floats:
        """A field (rows, columns, 2) at pixels (N, 2) of the canvas."""
        at = ((points - self._corner) / self.step).astype(np.float32)
        return sample(field, at[:, None])[:, 0]

    def sources(self, field: Floats) -> Floats:
        """Where each node's content comes from under forward displacements `field`, in pixels."""
        back = np.zeros_like(field)
        for _ in range(_ITERATIONS):
            back = -sample(field, self._cells + back / np.float32(self.step))
        return np.asarray(self.nodes + back, np.float32)

    def enlarged(self, nodes: Floats) -> Floats:
        """Values of nodes (rows, columns, C) for every pixel of the box, (h, w, C)."""
        step, (_, _, width, height) = self.step, self.box
        rows, columns = nodes.shape[:2]
        whole = cv2.resize(nodes, (columns * step, rows * step), interpolation=cv2.INTER_LINEAR)
        return np.asarray(whole[step : step + height, step : step + width], np.float32)
