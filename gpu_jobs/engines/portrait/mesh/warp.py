"""Where each pixel of a posed head comes from.

The lips part along one line, so there are two displacement fields: one for what lies above it,
one for what lies below. Each is a linear combination of fixed fields, made once per photo on a
coarse grid; a frame only adds them up, inverts the sum by fixed-point iteration and enlarges it.
No triangles, so no creases, and the same cost whatever the mesh.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import BROWS
from gpu_jobs.engines.mouth.lip_gap import LipGap
from gpu_jobs.engines.portrait.mesh.fields import head_fields
from gpu_jobs.engines.portrait.mesh.fields.face_frame import FaceFrame, Floats, smooth
from gpu_jobs.engines.portrait.mesh.fields.lip_lines import LipLines
from gpu_jobs.engines.portrait.mesh.fields.mouth_fields import MouthFields
from gpu_jobs.engines.portrait.mesh.fields.pose import Pose
from gpu_jobs.engines.portrait.mesh.picture.grid import Box, CoarseGrid

_NODES = 28  # of the grid per eye distance
_BORDER = 0.06  # of the canvas's shorter side, in which movement ends
_JAW_REACH = (1.5, 0.45, 1.5, 1.45)
"""Left, up, right, down from the mouth: what the jaw moves, in eye distances."""


@dataclass(frozen=True, slots=True)
class PosedFields:
    """One pose: coarse displacements (rows, columns, 2) above and below the lips, head alone."""

    upper: Floats
    lower: Floats
    head: Floats


class PortraitWarp:
    """The warp of one face, its `mesh` (468, 3), on a canvas of `size` (width, height)."""

    def __init__(
        self, photo: NDArray[np.uint8], mesh: Floats, size: tuple[int, int], breathes: bool
    ) -> None:
        """`photo`: BGR (H, W, 3), in which the seam of the lips is looked for."""
        points = mesh[:, :2]
        self.frame = FaceFrame(points)
        local = self.frame.local(points)
        lines = LipLines.of(photo, points, self.frame)
        self._lips = lines.in_pixels(self.frame)
        self.natural_gap = float(lines.gap.max())
        """Distance of the lips in the photo, in eye distances: over 0.04, teeth show."""
        self.mouth = MouthFields(local, lines)
        step = step_for(self.frame.unit)
        self._grid = CoarseGrid(self._reaching(head_fields.HEAD_REACH, size), step)
        self._jaw = self._grid.part(self._reaching(_JAW_REACH, size))
        self._jaw_slices = self._within_head(self._jaw.box)
        at = self.frame.local(self._grid.nodes)
        self._upper = self._to_pixels(self.mouth.upper(at))
        self._lower = self._to_pixels(self.mouth.lower(at))
        brows = float(local[list(BROWS), 1].mean())
        border = border_fade(self._grid.nodes, size)
        deep = np.column_stack([local, mesh[:, 2] / self.frame.unit]).astype(np.float32)
        near = head_fields.nearness(at, deep)
        self._head = self._to_pixels(head_fields.displacements(at, border, brows, breathes, near))

    @property
    def box(self) -> Box:
        """The part of the canvas in which the head moves."""
        return self._grid.box

    def pose(self, pose: Pose) -> PosedFields:
        """The displacements of one pose."""
        head = _combined(self._head, head_fields.weights(pose))
        mouth = self.mouth.weights(pose)
        return PosedFields(
            _combined(self._upper, mouth) + head, _combined(self._lower, mouth) + head, head
        )

    def gap(self, fields: PosedFields) -> LipGap:
        """The gap between the posed lips, in pixels."""
        upper, lower = self._lips.upper, self._lips.lower
        return LipGap(
            upper + self._grid.read(fields.upper, upper),
            lower + self._grid.read(fields.lower, lower),
        )

    def sources(self, fields: PosedFields, gap: LipGap) -> Floats:
        """Where each pixel of the box comes from, (h, w, 2), with the lips parting at `gap`."""
        at = self._grid.enlarged(self._grid.sources(fields.upper))
        (left, top), step = self._offset(self._jaw.box), self._grid.step
        rows, columns = self._jaw.nodes.shape[:2]
        cells = np.s_[top // step : top // step + rows, left // step : left // step + columns]
        below = self._jaw.enlarged(self._grid.sources(fields.lower)[cells])
        jaw = at[self._jaw_slices]
        cv2.copyTo(below, self._below_lips(gap, jaw.shape), jaw)
        return at

    def head_sources(self, fields: PosedFields, box: Box) -> Floats:
        """The same for a box of the canvas in which all moves with the skull: the upper teeth."""
        left, top, width, height = box
        pixels = np.stack(
            np.meshgrid(np.arange(left, left + width), np.arange(top, top + height)), -1
        ).astype(np.float32)
        middle = np.array([[left + width / 2, top + height / 2]], np.float32)
        return np.asarray(pixels - self._grid.read(fields.head, middle), np.float32)

    def _below_lips(self, gap: LipGap, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Mask (h, w) over the jaw's box of what lies below the line where the lips part."""
        left, top, width, height = self._jaw.box
        line = (gap.upper + gap.lower) / 2 - [left, top]
        tilt = self.frame.across * width
        ring = np.concatenate([[line[0] - tilt], line, [line[-1] + tilt]])
        floor = self.frame.down * 2 * height
        ring = np.concatenate([ring, [ring[-1] + floor, ring[0] + floor]])
        mask = np.zeros(shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(ring * 16).astype(np.int32)], 255, shift=4)
        return mask

    def _reaching(self, reach: tuple[float, ...], size: tuple[int, int]) -> Box:
        """The box that reaches left, up, right, down of the mouth, inside the canvas."""
        sides = np.array([[-reach[0], -reach[1]], [reach[2], -reach[1]]])
        sides = np.concatenate([sides, [[-reach[0], reach[3]], [reach[2], reach[3]]]])
        corners = self.frame.origin + self.frame.to_pixels(sides.astype(np.float32))
        return box_around(corners, size)

    def _offset(self, box: Box) -> tuple[int, int]:
        return box[0] - self.box[0], box[1] - self.box[1]

    def _within_head(self, box: Box) -> tuple[slice, slice]:
        left, top = self._offset(box)
        return np.s_[top : top + box[3], left : left + box[2]]

    def _to_pixels(self, fields: Floats) -> Floats:
        return np.stack([self.frame.to_pixels(field) for field in fields])


def step_for(unit: float) -> int:
    """Pixels between the grid's nodes for an eye distance in pixels."""
    return int(np.clip(round(unit / _NODES), 2, 64))


def border_fade(nodes: Floats, size: tuple[int, int]) -> Floats:
    """0 at the canvas's border and beyond, 1 well inside, at pixels (…, 2)."""
    inside = np.minimum(nodes, np.array(size) - 1 - nodes).min(-1)
    return smooth((inside - 1) / (_BORDER * min(size)))


def box_around(corners: Floats, size: tuple[int, int]) -> Box:
    """The smallest box of the canvas that holds the points (N, 2); at least one pixel."""
    low = np.clip(np.floor(corners.min(0)), 0, np.array(size) - 1).astype(int)
    high = np.clip(np.ceil(corners.max(0)), low + 1, size).astype(int)
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def _combined(fields: Floats, weights: NDArray[np.float64]) -> Floats:
    return np.asarray(np.tensordot(weights.astype(np.float32), fields, 1), np.float32)
