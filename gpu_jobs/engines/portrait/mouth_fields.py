"""How the skin moves with the mouth: fixed fields that a pose weighs.

The lips part along one line, so there are two smooth fields: of what lies above it, and of what
lies below. Lengths in eye distances (face_frame).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpu_jobs.engines.portrait.face_frame import Floats, smooth
from gpu_jobs.engines.portrait.pose import Pose
from gpu_jobs.media.face_geometry import (
    CHIN,
    LOWER_LIP_INNER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_BASE,
    UPPER_LIP_INNER,
)

WIDEST_GAP = 0.115  # between the lips at opening 1: about 10 mm, an open vowel in calm speech
UPPER_SHARE = 0.14  # of the opening that the upper lip makes
MEETING_LINE = 0.45  # where parted lips meet, from the upper (0) to the lower (1)
NEUTRAL_MOUTH = 0.58  # width of a resting mouth; a smile is wider


class MouthFields:
    """Fields of one face in face coordinates; order: close, open, widen."""

    def __init__(self, local: Floats) -> None:
        """`local`: the mesh (468, 2) in face coordinates."""
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
        """How much of each field a pose holds, (3,)."""
        smile = min(0.5 * max(2 * self.half - NEUTRAL_MOUTH, 0.0), 0.09) / self.half
        widen = 0.20 * (pose.width - 0.5) - smile - 0.06 * pose.opening
        # The mesh runs inside the lips' edges: pressed a little harder, nothing shows between them.
        press = 1 + 0.25 * float(smooth(1 - pose.opening / 0.15))
        return np.array([press, WIDEST_GAP * pose.opening, self.half * widen])

    def upper(self, local: Floats) -> Floats:
        """Displacements (3, …, 2) at points (…, 2) that belong above the lips."""
        x, y = local[..., 0], local[..., 1]
        height = np.interp(x, self._x, self._above) - y
        # Below the lips this field serves the inversion only, and ends before the neck.
        fade = smooth(1 - height / self._nose) * smooth(1 + (height + 0.25) / 0.4)
        close = MEETING_LINE * np.interp(x, self._x, self.gap) * fade
        return self._stack(x, y, close, -UPPER_SHARE * self._arch(x) * fade)

    def lower(self, local: Floats) -> Floats:
        """Displacements (3, …, 2) at points (…, 2) that belong below the lips."""
        x, y = local[..., 0], local[..., 1]
        below = np.maximum(y - np.interp(x, self._x, self._under), 0)
        fade = smooth(1 - below / self._chin)
        close = -(1 - MEETING_LINE) * np.interp(x, self._x, self.gap) * fade
        # From the lip's arch to the whole jaw, then out into the neck.
        jaw = smooth(below / (0.75 * self._chin))
        reach = np.exp(-((x - self._centre) ** 2) / 0.20)
        neck = 1 - smooth((y - self._chin - 0.02) / 0.38)
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
