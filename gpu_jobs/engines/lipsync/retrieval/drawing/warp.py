"""Bend one mouth picture onto another mesh: fixed triangles, rasterised once per frame.

Triangles are made once per person. For each frame they are drawn, by number, where the result
wants them; every pixel then follows the affine map of its triangle into the source picture.
"""

from __future__ import annotations

import itertools
import math

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from gpu_jobs.engines.faces.geometry import (
    LIPS,
    LOWER_LIP_INNER,
    LOWER_LIP_OUTER,
    MESH_POINTS,
    UPPER_LIP_INNER,
    UPPER_LIP_OUTER,
    FloatArray,
)
from gpu_jobs.engines.lipsync.blending import Window
from gpu_jobs.engines.lipsync.retrieval.drawing.soft_edges import soften, softness
from gpu_jobs.engines.mouth.shapes import opening_field

Frame = NDArray[np.uint8]

_REACH = 0.75  # eye distances around the mouth: somewhat more than is ever copied
_SPREAD_LIPS = 0.15  # opening added before triangulating, so that no triangle joins the lips' sides
_TEETH, _BEHIND_LIP = 0.45, 0.10  # of the gap between the lips: what keeps its size in opening
_LEAST_ZOOM, _MOST_ZOOM = 0.3, 1.35
_NEAR_LIPS = 12  # cells of the grid around the lips in which slivers lie
_THINNEST = 0.4  # px; thinner or flipped triangles are hidden folds
_JUMP = 0.7  # px of the source between the halves of a pixel; a mere bend stays under it
_PRESSED = 1.3  # rows of the source under one of the result, from which they are averaged
_THIRDS = np.array([[-1 / 3], [0], [1 / 3]], np.float32)
_POINTS_A_ROW = 4096
_SMALL_WINDOW, _LARGE_WINDOW = 40_000, 120_000  # px, see TriangleRaster


def with_inside(points: FloatArray, zoom: FloatArray | float = 1.0) -> FloatArray:
    """Face points (468, 2) and behind them two rows (9 each) between the inner lips.

    `zoom` (9,): how much further the result is open than this picture. The rows keep the upper
    teeth at their size. Where a mouth is opened further, what stands behind the lower lip keeps it
    too, and what lies between gives way; where it is closed, the lower lip covers what is in the
    way: squeezed teeth would be bright stripes.
    """
    upper, lower = points[list(UPPER_LIP_INNER[1:-1])], points[list(LOWER_LIP_INNER[1:-1])]
    share = np.reshape(np.clip(zoom, _LEAST_ZOOM, _MOST_ZOOM), (-1, 1))
    across = lower - upper
    behind = np.where(share < 1, (1 - _BEHIND_LIP) * share, 1 - _BEHIND_LIP * share)
    rows = [upper + _TEETH * share * across, upper + behind * across]
    return np.concatenate([points, *rows]).astype(np.float32)


def _strip(one: tuple[int, ...], other: tuple[int, ...]) -> NDArray[np.int64]:
    """Triangles (n, 3) between two lines of as many points; those without area are left out."""
    quads = zip(one, one[1:], other, other[1:], strict=False)
    pairs = [((a, b, c), (b, d, c)) for a, b, c, d in quads]
    triangles = [corners for pair in pairs for corners in pair if len(set(corners)) == 3]
    return np.array(triangles, np.int64)


_ENDS = UPPER_LIP_INNER[0], UPPER_LIP_INNER[-1]
_ROW = len(UPPER_LIP_INNER) - 2
_TEETH_ROW = (_ENDS[0], *range(MESH_POINTS, MESH_POINTS + _ROW), _ENDS[1])
_BEHIND_ROW = (_ENDS[0], *range(MESH_POINTS + _ROW, MESH_POINTS + 2 * _ROW), _ENDS[1])
_LIP_LINES = (
    *(UPPER_LIP_OUTER, UPPER_LIP_INNER, _TEETH_ROW),
    *(_BEHIND_ROW, LOWER_LIP_INNER, LOWER_LIP_OUTER),
)
_LIP_STRIPS = tuple(_strip(*lines) for lines in itertools.pairwise(_LIP_LINES))


class MouthTriangles:
    """Triangles over the mouth and what is around it, for one person's canonical mesh."""

    def __init__(self, mean: FloatArray) -> None:
        centre = mean[list(LIPS), :2].mean(0)
        distance = np.linalg.norm((mean[:, :2] - centre) * (1, 0.85), axis=1)
        points = np.flatnonzero(distance < _REACH)
        flat = (mean + _SPREAD_LIPS * opening_field(mean))[:, :2]
        around = points[Delaunay(flat[points]).simplices]
        ring = flat[[*UPPER_LIP_OUTER, *LOWER_LIP_OUTER[-2:0:-1]]]
        outside = [_is_outside(ring, middle) for middle in flat[around].mean(1)]
        # Outer ones are drawn first, lips last: what overlaps in a turned head, the lips cover.
        away = np.linalg.norm(flat[around].mean(1) - centre, axis=1)
        around = around[np.argsort(-away)][np.array(outside)[np.argsort(-away)]]
        triangles = np.concatenate([around, *_LIP_STRIPS])
        turned = _signed_area(with_inside(flat)[triangles]) < 0
        triangles[turned] = triangles[turned][:, ::-1]
        self._triangles = triangles

    def rasterise(self, target: FloatArray, window: Window) -> TriangleRaster:
        """Draw the triangles of `target` (468, 2) into a window of the result."""
        return TriangleRaster(self._triangles, with_inside(target), window)


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
        self._lips = self._around(target[list(LIPS)])
        ones = np.ones((len(drawn), 3, 1), np.float32)
        self._from_target = np.linalg.inv(np.concatenate([corners[drawn], ones], -1))
        self._numbers = self._draw(corners[drawn])

    def read(self, picture: Frame, source: FloatArray) -> FloatArray:
        """The window (H, W, 3) as seen in a picture with the points `source` of `with_inside`.

        Pixels outside all triangles are read at their own place.
        """
        rows, columns = self._window.shape
        places = self._map_into(source)
        if self._step > 1:
            size = (places.shape[1] * 2, places.shape[0] * 2)
            places = np.asarray(cv2.resize(places, size)[:rows, :columns], np.float32)
        read = _read_finely if self._step < 1 else _read_steadily
        seen, pressed = read(picture, places)
        if pressed.any():
            soften(seen, pressed, softness(picture, source[list(LIPS)]))
        return seen

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
        flat = np.asarray(places.view(np.float32).reshape(rows, columns, 2), np.float32)
        # Single pixels that fell to a sliver's map would show as teeth of a saw on the lip line.
        flat[self._lips] = cv2.medianBlur(flat[self._lips], 5)
        return flat

    def _around(self, points: FloatArray) -> tuple[slice, slice]:
        """The grid's rows and columns with `points` (N, 2), and some around them."""
        origin = (self._window.left, self._window.top)
        low = np.floor((points.min(0) - origin) / self._step).astype(int) - _NEAR_LIPS
        high = np.ceil((points.max(0) - origin) / self._step).astype(int) + _NEAR_LIPS
        (left, top), (right, bottom) = np.maximum(low, 0), np.maximum(high, 0)
        return slice(top, bottom), slice(left, right)

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


def _read_finely(picture: Frame, places: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Read a picture at half of the resolution of `places` (2H, 2W, 2); (H, W, 3).

    And where the map jumps, (H, W).

    One reading a pixel keeps skin and teeth sharp; the mean of four smooths the stairs where the
    map jumps, and is taken only there.
    """
    rows, columns = places.shape[0] // 2, places.shape[1] // 2
    means = cv2.resize(places, (columns, rows), interpolation=cv2.INTER_AREA)
    seen = sample(picture, np.asarray(means, np.float32)).astype(np.float32)
    pressed = np.zeros((rows, columns), np.float32)
    # Largest less smallest of each cell; a 2 x 2 kernel looks up and left of its pixel.
    spread = cv2.morphologyEx(places, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8))[1::2, 1::2]
    jumps = (spread[..., 0] > _JUMP) | (spread[..., 1] > _JUMP)
    if jumps.any():
        four = places.reshape(rows, 2, columns, 2, 2).transpose(0, 2, 1, 3, 4)[jumps]
        seen[jumps] = _sample_points(picture, four.reshape(-1, 2)).reshape(-1, 4, 3).mean(1)
        pressed[jumps] = _lost_variance(2 * spread[jumps].max(-1))
    return seen, pressed


def _read_steadily(picture: Frame, places: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Read a picture at `places` (H, W, 2); (H, W, 3), and where it is pressed together, (H, W).

    Where rows are pressed together the mean of three: one reading would skip lines, and what is
    left of teeth would glitter.
    """
    seen = sample(picture, places).astype(np.float32)
    down = np.diff(places, axis=0, append=places[-1:])
    pressed = np.zeros(places.shape[:2], np.float32)
    together = np.abs(down[..., 1]) > _PRESSED
    if together.any():
        thirds = places[together][:, None] + _THIRDS * down[together][:, None]
        seen[together] = _sample_points(picture, thirds.reshape(-1, 2)).reshape(-1, 3, 3).mean(1)
        pressed[together] = _lost_variance(down[together][:, 1])
    return seen, pressed


def _lost_variance(pressed: FloatArray) -> FloatArray:
    """Share of an edge's variance that is lost where it is pressed together so many times."""
    return np.asarray(1 - 1 / pressed**2, np.float32)


def _sample_points(picture: Frame, places: FloatArray) -> Frame:
    """Read a picture at `places` (N, 2); (N, 3). OpenCV takes no map of 32,767 rows or columns."""
    rows = -(-len(places) // _POINTS_A_ROW)
    block = np.resize(places, (rows, _POINTS_A_ROW, 2)).astype(np.float32)
    return sample(picture, block).reshape(-1, picture.shape[2])[: len(places)]


def _is_outside(ring: FloatArray, point: FloatArray) -> bool:
    """Whether a point (2,) lies outside a closed ring (n, 2)."""
    x, y = (float(part) for part in point)
    return cv2.pointPolygonTest(np.asarray(ring, np.float32), (x, y), False) < 0


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
