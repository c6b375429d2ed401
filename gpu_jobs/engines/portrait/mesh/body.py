"""The breathing body: a few pictures of it, drawn once each and copied when the breath changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.portrait.mesh.fields import head_fields
from gpu_jobs.engines.portrait.mesh.fields.face_frame import FaceFrame
from gpu_jobs.engines.portrait.mesh.picture.canvas import Canvas, MovingBox
from gpu_jobs.engines.portrait.mesh.picture.grid import CoarseGrid
from gpu_jobs.engines.portrait.mesh.warp import border_fade, box_around, step_for

Frame = NDArray[np.uint8]

_BYTES = 96 * 2**20  # of pictures kept
_MOST_LEVELS = 24
_FEWEST_LEVELS = 3


class Body:
    """Draws the body at a breath into the canvas's picture, under the head."""

    def __init__(self, canvas: Canvas, frame: FaceFrame) -> None:
        self._canvas = canvas
        rows, columns = np.nonzero(canvas.source[..., 3][::4, ::4])
        ring = np.stack([columns, rows], -1).astype(np.float32) * 4
        height = frame.local(ring)[:, 1]
        breathing = (height > head_fields.BREATH_BEGINS) & (height < head_fields.BREATH_ENDS)
        body = ring[breathing] if breathing.any() else frame.origin[None]
        margin = np.array([[-8, -8], [8, 8]], np.float32)
        corners = (body[:, None] + margin).reshape(-1, 2)
        self._grid = CoarseGrid(box_around(corners, canvas.size), step_for(frame.unit))
        fields = head_fields.displacements(
            frame.local(self._grid.nodes),
            border_fade(self._grid.nodes, canvas.size),
            0.0,
            True,
            np.zeros(self._grid.nodes.shape[:2], np.float32),
        )
        self._inhaled = frame.to_pixels(fields[-1])
        self._moving = MovingBox(canvas, self._grid.box, float(np.abs(self._inhaled).max()))
        _, _, width, height_px = self._grid.box
        room = _BYTES // (3 * width * height_px)
        self._last = int(np.clip(room, _FEWEST_LEVELS, _MOST_LEVELS)) - 1
        self._pictures: dict[int, Frame] = {}
        self._shown: int | None = None

    def nearest(self, breath: float) -> float:
        """The breath 0…1 that is drawn for a wanted one; the head must be drawn with the same."""
        return round(breath * self._last) / self._last

    def draw(self, breath: float) -> bool:
        """Show a breath; False if it is shown already."""
        level = round(breath * self._last)
        if level == self._shown:
            return False
        left, top, width, height = self._grid.box
        target = self._canvas.picture[top : top + height, left : left + width]
        if level not in self._pictures:
            sources = self._grid.sources(self._inhaled * np.float32(level / self._last))
            self._moving.draw(self._canvas.picture, self._grid.enlarged(sources))
            self._pictures[level] = target.copy()
        target[:] = self._pictures[level]
        self._shown = level
        return True
