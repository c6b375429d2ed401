"""Where the lips of a photo part: their edges, or the seam along which they touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import LOWER_LIP_INNER, UPPER_LIP_INNER
from gpu_jobs.engines.mouth.lip_gap import LipGap
from gpu_jobs.engines.portrait.mesh.fields.face_frame import FaceFrame, Floats, smooth
from gpu_jobs.engines.portrait.mesh.picture.sampling import sample

_POINTS = 41
_ROWS = 25  # in which the seam is looked for
_BEYOND = 0.012  # eye distances past the mesh's lip edges
_TOUCHING, _PARTED = 0.012, 0.022
"""Gaps of the mesh, in eye distances, below which lips touch and above which they are open."""
_MEETING = 0.45  # where parted lips meet, from the upper edge (0) to the lower (1)
_ON_TEETH = 0.010  # eye distances
_SLOPE = 1.5  # levels that a step of one row along the seam costs


@dataclass(frozen=True, slots=True)
class LipLines:
    """Curves in face coordinates over the same `x` (N,), from one mouth corner to the other.

    `upper` and `lower` edge of the mouth's opening, `meeting`: where they meet when it shuts.
    Lips that touch have all three in one.
    """

    x: Floats
    upper: Floats
    lower: Floats
    meeting: Floats

    @classmethod
    def of(cls, photo: NDArray[np.uint8], points: Floats, frame: FaceFrame) -> Self:
        """Of a BGR photo (H, W, 3) with its mesh (468, 2)."""
        edges = [frame.local(points[list(line)]) for line in (UPPER_LIP_INNER, LOWER_LIP_INNER)]
        first, last = edges[0][0, 0], edges[0][-1, 0]
        x = np.linspace(first, last, _POINTS).astype(np.float32)
        upper, lower = (_curve(edge, x) for edge in edges)
        gap = np.maximum(lower - upper, 0)
        apart = smooth((gap.max() - _TOUCHING) / (_PARTED - _TOUCHING))
        between = upper + _MEETING * gap
        # Between parted lips the mesh's edges lie on the teeth.
        softly = np.sqrt(gap / max(float(gap.max()), 1e-6))
        upper = upper - 0.4 * _ON_TEETH * softly
        lower = lower + _ON_TEETH * softly
        seam = _seam(photo, frame, x, upper - _BEYOND, lower + _BEYOND)
        meeting = np.asarray(seam + apart * (between - seam), np.float32)
        upper, lower = (
            np.asarray(meeting + apart * (edge - meeting), np.float32) for edge in (upper, lower)
        )
        return cls(x, upper, lower, meeting)

    @property
    def gap(self) -> Floats:
        """Distance of the lips in the photo, (N,)."""
        return np.asarray(np.maximum(self.lower - self.upper, 0), np.float32)

    def in_pixels(self, frame: FaceFrame) -> LipGap:
        """The edges in pixels of the photo."""
        edges = (np.stack([self.x, line], -1) for line in (self.upper, self.lower))
        return LipGap(*(frame.origin + frame.to_pixels(edge) for edge in edges))


def _seam(
    photo: NDArray[np.uint8], frame: FaceFrame, x: Floats, above: Floats, below: Floats
) -> Floats:
    """y (N,) of the darkest line between two curves (N,): shut lips shade it. Viterbi."""
    share = np.linspace(0, 1, _ROWS, dtype=np.float32)[:, None]
    y = above + (below - above) * share
    places = np.stack([np.broadcast_to(x, y.shape), y], -1)
    at = (frame.origin + frame.to_pixels(places)).astype(np.float32)
    grey = cv2.cvtColor(sample(photo, at), cv2.COLOR_BGR2GRAY).astype(np.float32)
    off_centre = 12 * (2 * share - 1) ** 2
    cost = grey + off_centre
    steps = np.abs(np.arange(_ROWS)[:, None] - np.arange(_ROWS)) * np.float32(_SLOPE)
    best = np.zeros(cost.shape, int)
    total = cost[:, 0]
    for column in range(1, _POINTS):
        reached = total[None] + steps
        best[:, column] = reached.argmin(1)
        total = reached.min(1) + cost[:, column]
    row = int(total.argmin())
    path = np.zeros(_POINTS, np.float32)
    for column in range(_POINTS - 1, -1, -1):
        path[column] = y[row, column]
        row = best[row, column]
    padded = np.pad(path, 3, "reflect", reflect_type="odd")
    return np.convolve(padded, np.hanning(9)[1:-1] / 4, "valid").astype(np.float32)


def _curve(points: Floats, x: Floats) -> Floats:
    order = np.argsort(points[:, 0])
    return np.asarray(np.interp(x, points[order, 0], points[order, 1]), np.float32)
