"""How the skin moves with the mouth: fixed fields that a pose weighs.

The lips part along one line, so there are two smooth fields: of what lies above it, and of what
lies below. Lengths in eye distances (face_frame).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpu_jobs.engines.faces.geometry import (
    CHIN,
    LIP_BOTTOM_OUTER,
    LIP_TOP_OUTER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_BASE,
)
from gpu_jobs.engines.portrait.mesh.fields.face_frame import Floats, smooth
from gpu_jobs.engines.portrait.mesh.fields.lip_lines import LipLines
from gpu_jobs.engines.portrait.mesh.fields.pose import Pose

WIDEST_GAP = 0.12  # between the lips at opening 1: about 11 mm, an open vowel in calm speech
UPPER_SHARE = 0.14  # of the opening that the upper lip makes
NEUTRAL_MOUTH = 0.58  # width of a resting mouth; a smile is wider
_TAPER = 1.15  # of the gap towards the corners; 1 is a parabola
_ROUND = 0.62  # share of the mouth's width in which rounded lips part
_POUT = 0.016  # by which rounded lips grow thicker
_PRESSED = 0.20  # of the photo's gap: parted lips have soft edges, which must pass each other
_JAW_SHARE = 0.85  # of the lower lip's way that the chin goes


class MouthFields:
    """Fields of one face in face coordinates; order: close, open, widen, round, pout."""

    def __init__(self, local: Floats, lines: LipLines) -> None:
        """`local`: the mesh (468, 2) in face coordinates."""
        self._lines = lines
        self._ends = float(lines.x[0]), float(lines.x[-1])
        self._centre = float(lines.x.mean())
        self.half = float(abs(local[MOUTH_LEFT, 0] - local[MOUTH_RIGHT, 0])) / 2
        # A smile that shows teeth cannot stay as wide when the lips meet; any other may.
        wider = min(0.5 * max(2 * self.half - NEUTRAL_MOUTH, 0.0), 0.09)
        self._smile = wider / self.half * float(smooth(lines.gap.max() / 0.05))
        self._nose = max(float(-local[NOSE_BASE, 1]), 0.12)
        self._chin = max(float(local[CHIN[0], 1]), 0.3)
        middle = len(lines.x) // 2
        self._upper_lip = max(float(lines.upper[middle] - local[LIP_TOP_OUTER, 1]), 0.03)
        self._lower_lip = max(float(local[LIP_BOTTOM_OUTER, 1] - lines.lower[middle]), 0.03)

    def line(self, x: Floats) -> Floats:
        """y of the line along which the lips part."""
        return np.asarray(np.interp(x, self._lines.x, self._lines.meeting), np.float32)

    def weights(self, pose: Pose) -> NDArray[np.float64]:
        """How much of each field a pose holds, (5,)."""
        widen = 0.20 * (pose.width - 0.5) - self._smile - 0.06 * pose.opening
        press = 1 + _PRESSED * float(smooth(1 - pose.opening / 0.6))
        rounding = min(max(1 - 2 * pose.width, 0.0), 1.0)
        opening = WIDEST_GAP * pose.opening
        return np.array([press, opening, self.half * widen, opening * rounding, _POUT * rounding])

    def upper(self, local: Floats) -> Floats:
        """Displacements (5, …, 2) at points (…, 2) that belong above the lips."""
        x, y = local[..., 0], local[..., 1]
        height = np.interp(x, self._lines.x, self._lines.upper) - y
        # Below the lips this field serves the inversion only, and ends before the neck.
        fade = smooth(1 - height / self._nose) * smooth(1 + (height + 0.25) / 0.4)
        close = np.interp(x, self._lines.x, self._lines.meeting - self._lines.upper) * fade
        arch, rounded = self._arch(x), self._arch(x, _ROUND)
        pout = -fade * arch * _bump(height / self._upper_lip)
        lift = -UPPER_SHARE * fade
        return self._stack(x, y, close, lift * arch, lift * (rounded - arch), pout)

    def lower(self, local: Floats) -> Floats:
        """Displacements (5, …, 2) at points (…, 2) that belong below the lips."""
        x, y = local[..., 0], local[..., 1]
        below = np.maximum(y - np.interp(x, self._lines.x, self._lines.lower), 0)
        fade = smooth(1 - below / self._chin)
        close = np.interp(x, self._lines.x, self._lines.meeting - self._lines.lower) * fade
        # From the lip's arch to the whole jaw, then out into the neck.
        jaw = smooth(below / (0.75 * self._chin))
        reach = np.exp(-((x - self._centre) ** 2) / 0.20)
        neck = 1 - smooth((y - self._chin - 0.02) / 0.38)
        arch, rounded = self._arch(x), self._arch(x, _ROUND)
        drop = (arch * (1 - jaw) + _JAW_SHARE * reach * jaw) * neck * (1 - UPPER_SHARE)
        narrower = (rounded - arch) * (1 - jaw) * neck * (1 - UPPER_SHARE)
        pout = fade * arch * _bump(below / self._lower_lip)
        return self._stack(x, y, close, drop, narrower, pout)

    def _arch(self, x: Floats, share: float = 1.0) -> Floats:
        """How much of the opening shows at x: 1 in the middle, 0 at the corners and beyond.

        `share`: of the way to the corners that it reaches. Half a turned mouth is shorter.
        """
        towards = np.where(x < self._centre, self._ends[0], self._ends[1]) - self._centre
        side = (x - self._centre) / towards / share
        return np.asarray(np.clip(1 - side**2, 0, 1) ** _TAPER, np.float32)

    def _stack(self, x: Floats, y: Floats, *upright: ArrayLike) -> Floats:
        side = (x - self._centre) / self.half
        near = np.exp(-(((side / 2.2) ** 2 + (y / 0.32) ** 2) ** 2))
        widen = side / np.maximum(np.abs(side), 1) * near
        zero = np.zeros_like(x)
        close, opening, narrower, pout = (np.stack([zero, part], -1) for part in upright)
        sideways = np.stack([widen, zero], -1)
        return np.stack([close, opening, sideways, narrower, pout]).astype(np.float32)


def _bump(height: NDArray[np.floating]) -> Floats:
    """0 at the lips' seam, 1 at the outer edge of a lip, 0 again twice as far."""
    return np.asarray(smooth(height) * smooth(2.2 - height), np.float32)
