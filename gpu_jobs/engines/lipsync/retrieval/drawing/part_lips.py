"""Part the lips of a frame whose mouth is shut: for people who were never seen speaking.

The frame's own lips and jaw move, without a source mouth, so a shut mouth stays the frame's own to
the pixel. Two smooth displacements, one of what is above the line where the lips meet and one of
what is below it, are read in a single pass; the inside of the mouth is painted.

Lengths are in eye distances; "canonical" is the frontal, level pose of mouth_shapes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_jobs.engines.faces.geometry import (
    LEFT_EYE_OUTER,
    LOWER_LIP_INNER,
    LOWER_LIP_OUTER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    RIGHT_EYE_OUTER,
    UPPER_LIP_INNER,
    UPPER_LIP_OUTER,
    FloatArray,
    eye_distance,
    inverse,
    lip_gap,
)
from gpu_jobs.engines.lipsync.blending import Window
from gpu_jobs.engines.lipsync.footage.patch_store import Frame
from gpu_jobs.engines.lipsync.retrieval.drawing import jaw_bend
from gpu_jobs.engines.mouth.inner_mouth import paint_inner_mouth
from gpu_jobs.engines.mouth.limits import CLOSED, SAME, SHUT
from gpu_jobs.engines.mouth.lip_gap import LipGap
from gpu_jobs.engines.mouth.shapes import LEAN, MouthModel, stretch_field

_UPPER_SHARE = 0.16  # of an opening: the jaw falls, the upper lip rises little
_JAW_SHARE = 0.82  # of an opening: nearly the lower lip's, or the skin between them creases
_FOLLOW, _FOLLOW_UP = 0.90, 0.70  # of outer lip edges with inner ones: lips thin as they part
_ROUNDED_TOGETHER = 0.42  # share of the mouth's width along which rounded lips stay together
_TAPER = 1.25  # of the gap towards the corners; 1 is a parabola
_POUT = 0.018  # by which rounded lips grow thicker
_SEAM = 1e-4  # px over which the displacements pass into each other where the lips meet
_SIDE_SEAM = 0.8  # the same beside the mouth, per length from its corner
_EDGE, _SHUT_EDGE = 1.2, 1.45
"""Of the way to a lip edge, where lips are parted and part again, and where they shut: the mesh
takes a rim of teeth for lip, which between lips that meet would be a dotted line."""
_LEAST = 1e-4  # movement that is worth drawing
_LINE_POINTS = 33
_NODES = 20  # per eye distance, of the grid that displacements are computed on
_SHARED = (*jaw_bend.STILL, *jaw_bend.CHEEKS, MOUTH_RIGHT, MOUTH_LEFT)
_ABOVE = (*_SHARED, *UPPER_LIP_OUTER[1:-1])
_BELOW = (*_SHARED, *LOWER_LIP_OUTER[1:-1], *jaw_bend.CHIN_POINTS)


@dataclass(frozen=True, slots=True)
class _Moves:
    """Canonical movements: of the face's points (468, 3), of the lips' edges (N, 3)."""

    face: FloatArray
    upper_edge: FloatArray
    lower_edge: FloatArray


class LipParting:
    """Opens the mouth in frames of one person."""

    def __init__(self, model: MouthModel) -> None:
        self._range = model.range
        corners = model.mean[[MOUTH_RIGHT, MOUTH_LEFT]]
        place = model.mean - corners.mean(0)
        self._x, self._y = place[:, 0], place[:, 1]
        self._half = float(np.ptp(corners[:, 0])) / 2
        self._line_x = _meeting(*_lip_lines(place))[:, 0]
        self._stretch = stretch_field(model.mean)

    def draw(
        self,
        frame: Frame,
        mesh: FloatArray,
        to_canonical: FloatArray,
        opening: float,
        width: float,
        weight: float,
    ) -> Frame:
        """The frame with its lips `opening` apart and the mouth `width` wide, both canonical.

        `mesh` (468, 3), `to_canonical` (3, 4): the frame's. `weight` 0…1 fades the whole change.
        Changes and returns `frame`.
        """
        own_gap = float(lip_gap(mesh))
        wider = weight * (width - self._range.rest)
        unmoved = abs(max(opening, 0) - own_gap) < SAME and abs(wider) < _LEAST
        if weight < _LEAST or unmoved:
            return frame
        # Of lips that are apart in the frame: 0 where they meet, as nearly everybody's do.
        apart = float(np.clip(own_gap / SHUT - 1, 0, 1))
        edges = _lip_lines(mesh[:, :2])
        heights = apart * np.linalg.norm(edges[1] - edges[0], axis=1) / eye_distance(mesh)
        own_gap *= apart
        opening = own_gap + weight * (max(0.0, opening - CLOSED) - own_gap)
        moves = self._moves(opening, wider, own_gap, heights)
        turn = inverse(to_canonical)[:2, :3].T
        bent = mesh[:, :2] + moves.face @ turn
        line = _meeting(*edges)
        shutting = float(np.clip(1 - opening / SHUT, 0, 1))
        # Lips that stay as far apart as they are stay where they are.
        moved = float(np.clip(abs(opening - own_gap) / SHUT, 1 - apart, 1))
        reach = 1 + moved * (_EDGE + shutting * (_SHUT_EDGE - _EDGE) - 1)
        reach *= weight + apart * (1 - weight)
        own = LipGap(*(line + reach * (edge - line) for edge in edges))
        gap = LipGap(line + moves.upper_edge @ turn, line + moves.lower_edge @ turn)
        before = frame.copy() if apart > 0 else None
        _warp(frame, mesh, bent, own, gap)
        paint_inner_mouth(frame, bent, gap)
        if before is not None:
            # Between lips that meet, a last row of teeth would shine through.
            seen = apart * float(np.clip(opening / SHUT - 1, 0, 1))
            _keep_inside(frame, before, own, gap, seen)
        return frame

    def _moves(self, opening: float, wider: float, own_gap: float, heights: FloatArray) -> _Moves:
        """To an `opening` from `own_gap`, the lips' edges being `heights` (N,) apart."""
        rest, narrow = self._range.rest, self._range.narrow
        rounding = float(np.clip(-wider / max(rest - narrow, 1e-6), 0, 1))
        pout = _POUT * rounding
        # The jaw falls under the whole mouth, also where rounded lips stay together.
        arch = np.clip(1 - (self._x / self._half) ** 2, 0, 1)
        drop = np.exp(-((self._x / 0.55) ** 2)) * np.clip(self._y / 0.2, 0, 1)
        further = opening - own_gap
        drop *= _JAW_SHARE * further
        upper, lower = list(UPPER_LIP_OUTER), list(LOWER_LIP_OUTER)
        drop[upper] = -(_FOLLOW_UP * _UPPER_SHARE * further + 0.6 * pout) * arch[upper]
        drop[lower] = (_FOLLOW * (1 - _UPPER_SHARE) * further + pout) * arch[lower]
        reach = np.abs(self._line_x[[0, -1]]).mean() * (1 - _ROUNDED_TOGETHER * rounding)
        parted = max(0.0, further) * np.clip(1 - (self._line_x / reach) ** 2, 0, 1) ** _TAPER
        parted += min(1.0, opening / max(own_gap, SAME)) * heights
        spread = 0.5 * wider * self._line_x / self._half
        return _Moves(
            _movement(wider * self._stretch[:, 0], drop),
            _movement(spread, -_UPPER_SHARE * parted),
            _movement(spread, (1 - _UPPER_SHARE) * parted),
        )


def _movement(sideways: FloatArray, drop: FloatArray) -> FloatArray:
    """(N, 3) from its parts; what goes down swings back with the jaw."""
    return np.stack([sideways, drop, LEAN * np.maximum(drop, 0)], -1).astype(np.float32)


def _lip_lines(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The inner edges of both lips of a mesh (468, D), from corner to corner: (N, D) each."""
    known = np.arange(len(UPPER_LIP_INNER))
    at = np.linspace(0, len(known) - 1, _LINE_POINTS)
    upper, lower = (
        np.stack([np.interp(at, known, column) for column in points[list(line)].T], -1)
        for line in (UPPER_LIP_INNER, LOWER_LIP_INNER)
    )
    return upper.astype(np.float32), lower.astype(np.float32)


def _meeting(upper: FloatArray, lower: FloatArray) -> FloatArray:
    """The line along which both edges meet, or will."""
    return np.asarray(upper + _UPPER_SHARE * (lower - upper), np.float32)


def _warp(frame: Frame, mesh: FloatArray, bent: FloatArray, own: LipGap, gap: LipGap) -> None:
    """Move the face points `mesh` (468, 3) of a frame to `bent` (468, 2), in place.

    The lips' edges go from `own` to `gap`.
    """
    unit = eye_distance(mesh)
    neck = jaw_bend.neck(mesh)
    window = jaw_bend.reach(mesh, unit, frame.shape)
    every = slice(1, -1, 2)
    above, below = (
        jaw_bend.displacement(
            np.concatenate([bent[list(points)], to[every], neck]),
            np.concatenate([mesh[list(points), :2], edge[every], neck]),
            window,
            unit,
            nodes=_NODES,
        )
        for points, edge, to in ((_ABOVE, own.upper, gap.upper), (_BELOW, own.lower, gap.lower))
    )
    below -= above
    below *= _side(window, bent, gap)
    below += above
    jaw_bend.displace(frame, window, below)


def _keep_inside(frame: Frame, before: Frame, own: LipGap, gap: LipGap, share: float) -> None:
    """What was seen between parted lips and still is: teeth do not move with the lips."""
    box = gap.box(frame.shape, 4)
    if box is None:
        return
    left, top, width, height = box
    place = slice(top, top + height), slice(left, left + width)
    seen = share * (own.mask(box, 0.8) * gap.mask(box, 0.8))[..., None]
    drawn = frame[place].astype(np.float32)
    frame[place] = drawn + seen * (before[place] - drawn) + 0.5


def _side(window: Window, bent: FloatArray, gap: LipGap) -> FloatArray:
    """Which side of the lips' meeting line the window's pixels are on: 0 above … 1 below.

    Sharp between the lips, for a place read between both could lie on teeth; ever softer beside
    the mouth, where both sides move nearly alike.
    """
    eyes = bent[LEFT_EYE_OUTER] - bent[RIGHT_EYE_OUTER]
    across = eyes / (np.linalg.norm(eyes) + 1e-6)
    down = np.array([-across[1], across[0]])
    middle = (gap.upper + gap.lower) / 2
    line = np.concatenate([bent[[MOUTH_RIGHT]], middle, bent[[MOUTH_LEFT]]])
    x = np.arange(window.left, window.right, dtype=np.float32)
    y = np.arange(window.top, window.bottom, dtype=np.float32)[:, None]
    along = x * np.float32(across[0]) + y * np.float32(across[1])
    under = x * np.float32(down[0]) + y * np.float32(down[1])
    under -= np.interp(along, line @ across, line @ down).astype(np.float32)
    corners = line[[0, -1]] @ across
    beside = np.maximum(np.maximum(corners[0] - along, along - corners[1]), 0)
    soft = np.float32(_SEAM) + np.float32(_SIDE_SEAM) * beside
    return np.asarray(np.clip(under / soft + 0.5, 0, 1), np.float32)
