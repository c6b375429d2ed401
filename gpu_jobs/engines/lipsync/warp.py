"""Bend one mouth picture onto another mesh: fixed triangles, rasterised once per frame.

Triangles are made once per person. For each frame they are drawn, by number, where the result
wants them; every pixel then follows the affine map of its triangle into the source picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from gpu_jobs.engines.lipsync.mouth_shapes import opening_field
from gpu_jobs.media.face_geometry import LIPS, FloatArray

Frame = NDArray[np.uint8]

_REACH = 0.75  # eye distances around the mouth: somewhat more than is ever copied
_SPREAD_LIPS = 0.15  # opening added before triangulating, so that no triangle joins the lips' sides
_THINNEST = 0.4  # px; thinner or flipped triangles are hidden folds
_JUMP = 1.0  # px of the source between the halves of a pixel; a mere bend stays under it
_SMALL_WINDOW, _LARGE_WINDOW = 40_000, 120_000  # px, see TriangleRaster


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of a frame: x from `left` up to `right`, y from `top` up to `bottom`."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, points: FloatArray, margin: float, shape: tuple[int, ...]) -> Self:
        """The smallest window around points (N, 2) with a margin, inside a picture."""
        low = np.floor(points.min(0) - margin).astype(int)
        high = np.ceil(points.max(0) + margin).astype(int) + 1
        height, width = shape[:2]
        left, top = min(max(low[0], 0), width - 1), min(max(low[1], 0), height - 1)
        right, bottom = max(left + 1, min(high[0], width)), max(top + 1, min(high[1], height))
        return cls(int(left), int(top), int(right), int(bottom))

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, counted."""
        return self.bottom - self.top, self.right - self.left


class MouthTriangles:
    """Triangles over the mouth and what is around it, for one person's canonical mesh."""

    def __init__(self, mean: FloatArray) -> None:
        centre = mean[list(LIPS), :2].mean(0)
        distance = np.linalg.norm((mean[:, :2] - centre) * (1, 0.85), axis=1)
        self._points = np.flatnonzero(distance < _REACH)
        flat = (mean + _SPREAD_LIPS * opening_field(mean))[self._points, :2]
        triangles = Delaunay(flat).simplices
        turned = _signed_area(flat[triangles]) < 0
        triangles[turned] = triangles[turned][:, ::-1]
        # Outer ones are drawn first, lips last: what overlaps in a turned head, the lips cover.
        away = np.linalg.norm(flat[triangles].mean(1) - centre, axis=1)
        self._triangles = self._points[triangles[np.argsort(-away)]]

    def rasterise(self, target: FloatArray, window: Window) -> TriangleRaster:
        """Draw the triangles of `target` (468, 2) into a window of the result."""
        return TriangleRaster(self._triangles, target, window)


class TriangleRaster:
    """Which triangle every pixel of a window lies in; reads source pictures through them.

    Small windows are drawn at twice their resolution, for the map jumps where lips meet and the
    jump would show as stairs; large ones at half of it, for speed.
    """

    def __init__(self, triangles: NDArray[np.int64], target: FloatArray, window: Window) -> None:
        self._window = window
        rows, columns = window.shape
        area = rows * columns
        self._step = 0.5 if area <= _SMALL_WINDOW else 1.0 if area <= _LARGE_WINDOW else 2.0
        corners = target[triangles]
        drawn = np.flatnonzero((_thickness(corners) > _THINNEST) & _inside(corners, window))
        self._triangles = triangles[drawn]
        ones = np.ones((len(drawn), 3, 1), np.float32)
        self._from_target = np.linalg.inv(np.concatenate([corners[drawn], ones], -1))
        self._numbers = self._draw(corners[drawn])

    def read(self, picture: Frame, source: FloatArray) -> FloatArray:
        """The window (H, W, 3) as seen in a picture whose face points are `source` (468, 2).

        Pixels outside all triangles are read at their own place.
        """
        rows, columns = self._window.shape
        places = self._map_into(source)
        if self._step > 1:
            size = (places.shape[1] * 2, places.shape[0] * 2)
            places = np.asarray(cv2.resize(places, size)[:rows, :columns], np.float32)
        if self._step < 1:
            return _read_finely(picture, places)
        return np.asarray(sample(picture, places), np.float32)

    def _map_into(self, source: FloatArray) -> FloatArray:
        affine = self._from_target @ source[self._triangles]  # (n, 3, 2): [x, y, 1] → source
        identity = np.array([[[1, 0], [0, 1], [0, 0]]], np.float32)
        # A place is one complex number here: gathered by pixel, pairs cost three times as much.
        pairs = np.concatenate([identity, affine]).astype(np.float32).view(np.complex64)[..., 0]
        rows, columns = self._numbers.shape
        per_column, per_row, places = (
            np.take(part, self._numbers, mode="clip") for part in np.ascontiguousarray(pairs.T)
        )
        per_column *= self._centres(columns, self._window.left)
        per_row *= self._centres(rows, self._window.top)[:, None]
        places = per_column + per_row + places
        flat = places.view(np.float32).reshape(rows, columns, 2)
        # Single pixels that fell to a sliver's map would show as teeth of a saw on the lip line.
        return np.asarray(cv2.medianBlur(flat, 5), np.float32)

    def _centres(self, count: int, start: int) -> FloatArray:
        """Pixel coordinates of the grid's cells along one axis."""
        centres = start + self._step * np.arange(count) + (self._step - 1) / 2
        return np.asarray(centres, np.float32)

    def _draw(self, corners: FloatArray) -> NDArray[np.intp]:
        rows, columns = self._window.shape
        numbers = np.zeros(
            (math.ceil(rows / self._step), math.ceil(columns / self._step)), np.uint16
        )
        origin = np.array([self._window.left, self._window.top]) + (self._step - 1) / 2
        fixed = np.round((corners - origin) / self._step * 16).astype(np.int32)
        for number, triangle in enumerate(fixed, 1):
            cv2.fillConvexPoly(numbers, triangle, number, lineType=cv2.LINE_8, shift=4)
        holes = numbers == 0
        if holes.any():
            numbers[holes] = cv2.dilate(numbers, np.ones((3, 3), np.uint8))[holes]
        return numbers.astype(np.intp)


def sample(picture: Frame, places: FloatArray) -> Frame:
    """Read a picture at `places` (H, W, 2), x and y in pixels, bicubic."""
    interleaved = np.empty(0, np.float32)  # no second map: the first holds x and y
    read = cv2.remap(picture, places, interleaved, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read, np.uint8)


def _read_finely(picture: Frame, places: FloatArray) -> FloatArray:
    """Read a picture at half of the resolution of `places` (2H, 2W, 2); (H, W, 3).

    One reading a pixel keeps skin and teeth sharp; the mean of four smooths the stairs where the
    map jumps, and is taken only there.
    """
    rows, columns = places.shape[0] // 2, places.shape[1] // 2
    means = cv2.resize(places, (columns, rows), interpolation=cv2.INTER_AREA)
    seen = sample(picture, np.asarray(means, np.float32)).astype(np.float32)
    # Largest less smallest of each cell; a 2 x 2 kernel looks up and left of its pixel.
    spread = cv2.morphologyEx(places, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8))[1::2, 1::2]
    jumps = (spread[..., 0] > _JUMP) | (spread[..., 1] > _JUMP)
    if jumps.any():
        four = places.reshape(rows, 2, columns, 2, 2).transpose(0, 2, 1, 3, 4)[jumps]
        seen[jumps] = sample(picture, four.reshape(1, -1, 2)).reshape(-1, 4, 3).mean(1)
    return seen


def _signed_area(corners: FloatArray) -> FloatArray:
    """Area of (n, 3, 2) triangles, positive one way around."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.asarray((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2, np.float32)


def _inside(corners: FloatArray, window: Window) -> NDArray[np.bool_]:
    """Which of (n, 3, 2) triangles may touch the window, by their bounding boxes; (n,)."""
    low, high = corners.min(1), corners.max(1)
    right_of = (high[:, 0] >= window.left - 2) & (high[:, 1] >= window.top - 2)
    left_of = (low[:, 0] <= window.right + 2) & (low[:, 1] <= window.bottom + 2)
    return np.asarray(right_of & left_of, bool)


def _thickness(corners: FloatArray) -> FloatArray:
    """Smallest altitude of (n, 3, 2) triangles; negative for the other way around."""
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=-1)
    return np.asarray(2 * _signed_area(corners) / np.maximum(sides.max(1), 1e-6), np.float32)
