"""Displacement of every pixel of a photo for a mouth shape and a head shift.

The lips part along one line, so there are two smooth fields: one for what lies above it, one for
what lies below. Each is a linear combination of fixed fields, made once per photo on a coarse
grid; a frame only adds them up, inverts the sum by fixed-point iteration and enlarges it. No
triangles, so no creases, and the same cost whatever the mesh.

Face coordinates: origin at the middle of the mouth, x along the eyes, y down the face, in units
of the distance between the outer corners of the eyes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpu_jobs.engines.portrait.sampling import sample
from gpu_jobs.media.face_geometry import (
    CHIN,
    LEFT_EYE_OUTER,
    LOWER_LIP_INNER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_BASE,
    RIGHT_EYE_OUTER,
    UPPER_LIP_INNER,
)

Floats = NDArray[np.float32]

WIDEST_GAP = 0.135  # between the lips at opening 1: about 12 mm, an open vowel in calm speech
UPPER_SHARE = 0.14  # of the opening that the upper lip makes
MEETING_LINE = 0.45  # where parted lips meet, from the upper (0) to the lower (1)
NEUTRAL_MOUTH = 0.58  # width of a resting mouth; a smile is wider
ITERATIONS = 3


@dataclass(frozen=True, slots=True)
class Pose:
    """One frame: `opening`, `width` 0…1 (0.5 at rest); the head's shift and roll (rad)."""

    opening: float
    width: float
    x: float = 0.0
    y: float = 0.0
    roll: float = 0.0


class FaceFrame:
    """Face coordinates of one mesh (468, 2) in pixels."""

    def __init__(self, points: Floats) -> None:
        eyes = points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]
        self.unit = float(np.linalg.norm(eyes))
        self.across = eyes / self.unit
        self.down = np.array([-self.across[1], self.across[0]], np.float32)
        self.origin = (points[MOUTH_RIGHT] + points[MOUTH_LEFT]) / 2

    def local(self, pixels: Floats) -> Floats:
        """Pixels (…, 2) to face coordinates."""
        offset = (pixels - self.origin) / self.unit
        return np.stack([offset @ self.across, offset @ self.down], -1).astype(np.float32)

    def to_pixels(self, vectors: Floats) -> Floats:
        """Displacements (…, 2) in face coordinates to pixels."""
        turned = vectors[..., :1] * self.across + vectors[..., 1:] * self.down
        return np.asarray(turned * self.unit, np.float32)


class PortraitWarp:
    """The warp of one photo of `size` (width, height) with mesh `points` (468, 2)."""

    def __init__(self, points: Floats, size: tuple[int, int]) -> None:
        self.size = size
        self.points = points
        self.frame = FaceFrame(points)
        self.step = int(np.clip(round(self.frame.unit / 28), 2, 8))
        self._mouth = _MouthProfile(self.frame.local(points))
        self._grid = self._coarse_grid()
        local = self.frame.local(self._grid)
        self._upper = self._to_pixels(self._mouth.upper_fields(local))
        self._lower = self._to_pixels(self._mouth.lower_fields(local))
        self._head = self._head_fields(local)
        self._pixels = np.stack(np.meshgrid(np.arange(size[0]), np.arange(size[1])), -1).astype(
            np.float32
        )

    @property
    def natural_gap(self) -> float:
        """Distance of the lips in the photo, in eye distances: over 0.04, teeth show."""
        return float(self._mouth.gap.max())

    def fields(self, pose: Pose) -> tuple[Floats, Floats]:
        """Coarse forward displacements (h, w, 2) in pixels of what is above and below the lips."""
        head = self._combine(self._head, np.array([pose.x, pose.y, pose.roll]))
        weights = self._mouth.weights(pose)
        return (
            self._combine(self._upper, weights) + head,
            self._combine(self._lower, weights) + head,
        )

    def head_field(self, pose: Pose) -> Floats:
        """The head's part alone: how the upper teeth move."""
        return self._combine(self._head, np.array([pose.x, pose.y, pose.roll]))

    def source_map(self, field: Floats, box: tuple[int, int, int, int]) -> Floats:
        """Where each pixel of `box` (left, top, w, h) comes from: (h, w, 2) for cv2.remap."""
        height, width = field.shape[:2]
        back = np.zeros_like(field)
        cells = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
        for _ in range(ITERATIONS):
            back = -sample(field, cells + back / np.float32(self.step))
        left, top, box_width, box_height = box
        rows = slice(top, top + box_height)
        columns = slice(left, left + box_width)
        enlarged = cv2.warpAffine(
            back,
            np.array(
                [
                    [self.step, 0, (self.step - 1) / 2 - left],
                    [0, self.step, (self.step - 1) / 2 - top],
                ],
                np.float32,
            ),
            (box_width, box_height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(self._pixels[rows, columns] + enlarged, np.float32)

    def moved_points(self, upper: Floats, lower: Floats) -> Floats:
        """The mesh after the warp (468, 2): the lower face by its own field."""
        local = self.frame.local(self.points)
        below = local[:, 1] > self._mouth.line(local[:, 0])
        below[list(LOWER_LIP_INNER[1:-1])] = True
        below[list(UPPER_LIP_INNER)] = False
        moved = np.where(below[:, None], self._sample(lower), self._sample(upper))
        return np.asarray(self.points + moved, np.float32)

    def _coarse_grid(self) -> Floats:
        columns, rows = (int(np.ceil(side / self.step)) for side in self.size)
        centre = (self.step - 1) / 2
        xs, ys = np.meshgrid(np.arange(columns), np.arange(rows))
        return (np.stack([xs, ys], -1) * self.step + centre).astype(np.float32)

    def _to_pixels(self, fields: Floats) -> Floats:
        return np.stack([self.frame.to_pixels(field) for field in fields])

    @staticmethod
    def _combine(fields: Floats, weights: NDArray[np.float64]) -> Floats:
        return np.asarray(np.tensordot(weights.astype(np.float32), fields, 1), np.float32)

    def _sample(self, field: Floats) -> Floats:
        at = ((self.points - (self.step - 1) / 2) / self.step).astype(np.float32)
        return sample(field, at[:, None])[:, 0]

    def _head_fields(self, local: Floats) -> Floats:
        """Shift right, shift down, roll: whole over the face, fading to nothing at the frame."""
        x, y = local[..., 0], local[..., 1] + 0.45  # from the middle of the face
        radius = np.hypot(x / 1.5, np.where(y > 0, y / 1.35, y / 1.7))
        mask = 1 - _smooth((radius - 0.45) / 0.75)
        parallax = mask * (1 + 0.7 * np.exp(-(x**2 + y**2) / 0.18))
        border = np.minimum(self._grid, np.array(self.size) - 1 - self._grid).min(-1)
        edge = _smooth((border - self.step) / (0.06 * min(self.size)))  # 0 in the outermost cells
        zero = np.zeros_like(x)
        pivot = y - 0.9  # the neck
        fields = np.stack(
            [
                np.stack([parallax, zero], -1),
                np.stack([zero, parallax], -1),
                np.stack([-pivot * mask, x * mask], -1),
            ]
        )
        return self._to_pixels((fields * edge[..., None]).astype(np.float32))


class _MouthProfile:
    """Fixed fields of the mouth in face coordinates; order: close, open, widen, corners in."""

    def __init__(self, local: Floats) -> None:
        upper, lower = local[list(UPPER_LIP_INNER)], local[list(LOWER_LIP_INNER)]
        self._x = np.linspace(upper[0, 0], upper[-1, 0], 41).astype(np.float32)
        above = np.interp(self._x, upper[:, 0], upper[:, 1])
        under = np.interp(self._x, lower[:, 0], lower[:, 1])
        self.gap = np.maximum(under - above, 0).astype(np.float32)
        self._line = (above + MEETING_LINE * self.gap).astype(np.float32)
        self._above, self._under = above.astype(np.float32), under.astype(np.float32)
        self.half = float(abs(local[MOUTH_LEFT, 0] - local[MOUTH_RIGHT, 0])) / 2
        self._centre = float(local[[MOUTH_LEFT, MOUTH_RIGHT], 0].mean())
        self._nose = max(float(-local[NOSE_BASE, 1]), 0.12)
        self._chin = max(float(local[CHIN[0], 1]), 0.3)

    def line(self, x: Floats) -> Floats:
        """y of the line along which the lips part."""
        return np.asarray(np.interp(x, self._x, self._line), np.float32)

    def weights(self, pose: Pose) -> NDArray[np.float64]:
        smile = min(0.5 * max(2 * self.half - NEUTRAL_MOUTH, 0.0), 0.09) / self.half
        widen = 0.20 * (pose.width - 0.5) - smile - 0.06 * pose.opening
        # The mesh runs inside the lips' edges: pressed a little harder, nothing shows between them.
        press = 1 + 0.25 * float(_smooth(1 - pose.opening / 0.15))
        return np.array([press, WIDEST_GAP * pose.opening, self.half * widen])

    def upper_fields(self, local: Floats) -> Floats:
        x, y = local[..., 0], local[..., 1]
        height = np.interp(x, self._x, self._above) - y
        # Below the lips this field serves the inversion only, and ends before the neck.
        fade = _smooth(1 - height / self._nose) * _smooth(1 + (height + 0.25) / 0.4)
        close = MEETING_LINE * np.interp(x, self._x, self.gap) * fade
        return self._stack(x, y, close, -UPPER_SHARE * self._arch(x) * fade)

    def lower_fields(self, local: Floats) -> Floats:
        x, y = local[..., 0], local[..., 1]
        below = np.maximum(y - np.interp(x, self._x, self._under), 0)
        fade = _smooth(1 - below / self._chin)
        close = -(1 - MEETING_LINE) * np.interp(x, self._x, self.gap) * fade
        # From the lip's arch to the whole jaw, then out into the neck.
        jaw = _smooth(below / (0.75 * self._chin))
        reach = np.exp(-((x - self._centre) ** 2) / 0.20)
        neck = 1 - _smooth((y - self._chin - 0.02) / 0.38)
        drop = (self._arch(x) * (1 - jaw) + 0.85 * reach * jaw) * neck
        return self._stack(x, y, close, (1 - UPPER_SHARE) * drop)

    def _arch(self, x: Floats) -> Floats:
        """How much of the opening shows at x: 1 in the middle, 0 at the corners."""
        arch = np.clip(1 - ((x - self._centre) / self.half) ** 2, 0, 1)
        return np.asarray(arch, np.float32)

    def _stack(self, x: Floats, y: Floats, close: ArrayLike, opening: ArrayLike) -> Floats:
        side = (x - self._centre) / self.half
        near = np.exp(-(((side / 2.2) ** 2 + (y / 0.32) ** 2) ** 2))
        widen = side / np.maximum(np.abs(side), 1) * near
        zero = np.zeros_like(x)
        fields = [
            np.stack([zero, close], -1),
            np.stack([zero, opening], -1),
            np.stack([widen, zero], -1),
        ]
        return np.stack(fields).astype(np.float32)


def _smooth(x: ArrayLike) -> Floats:
    t = np.clip(np.asarray(x, np.float32), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
