"""The fine detail of mouths: what drawing takes of it is given back.

Reading between pixels and mixing mouths blurs; so do the encodings that a clip has been through
when its mouths are drawn. And a mouth put together from sharp and blurred frames flickers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import LOWER_LIP_INNER, UPPER_LIP_INNER, FloatArray
from gpu_jobs.engines.mouth.limits import SHUT

_FINE = 1.0  # px; what a blur of that takes away is fine detail
_AROUND = 4  # px around a point, in which its detail is measured
_STORED = 1.05  # times the energy in the store: two encodings took 3 to 7 % of it
_USUAL = 0.5  # part of the usual detail in that of a drawn mouth
_LEAST_CRISP, _MOST_CRISP = 0.8, 1.5  # times the detail that is left
_LEAST_SEEN = 8  # mouths that tell what is usual


@dataclass(frozen=True, slots=True)
class UsualDetail:
    """How much detail this person's open mouths show, linear in their opening.

    `openings` (2,): the least and the most that were seen; `energies` (2,) there.
    """

    openings: FloatArray
    energies: FloatArray

    @classmethod
    def of(cls, openings: FloatArray, energies: FloatArray) -> Self | None:
        """Of some open mouths (N,); None of too few."""
        if len(openings) < _LEAST_SEEN:
            return None
        ends = np.array([openings.min(), openings.max()], np.float32)
        line = np.polyfit(openings, energies, 1)
        return cls(ends, np.maximum(np.polyval(line, ends), energies.min()).astype(np.float32))

    def mixed(self, energy: float, opening: float) -> float:
        """The energy that a mouth gets which has `energy` and is drawn `opening` wide."""
        usual = float(np.interp(opening, self.openings, self.energies))
        return energy + _USUAL * float(np.clip(opening / SHUT - 1, 0, 1)) * (usual - energy)


def crisp(laid: FloatArray, lips: FloatArray, energy: float) -> FloatArray:
    """The picture `laid` (h, w, 3) with as much detail around the points `lips` as `energy` says.

    Method: Heitz & Neyret 2018, High-performance by-example noise, section 3.2 (variance-preserving
    blending).
    """
    coarse = cv2.GaussianBlur(laid, (0, 0), _FINE)
    fine = laid - coarse
    # Of coarse + gain * fine the energy is a square function of the gain.
    left, without, alone = (detail(picture, lips) for picture in (laid, coarse, fine))
    half = (left - without - alone) / 2
    root = max(0.0, half**2 - alone * (without - _STORED * energy))
    gain = np.clip((np.sqrt(root) - half) / max(alone, 1e-6), _LEAST_CRISP, _MOST_CRISP)
    fine *= np.float32(gain)
    return coarse + fine


def between_lips(points: FloatArray) -> FloatArray:
    """Where detail counts: on the inner edges of the lips and midway between them; (29, 2)."""
    upper, lower = points[list(UPPER_LIP_INNER), :2], points[list(LOWER_LIP_INNER), :2]
    return np.concatenate([upper, lower[1:-1], ((upper + lower) / 2)[1:-1]])


def detail(picture: NDArray[Any], points: FloatArray) -> float:
    """Energy of the finest detail of a picture (h, w, 3) around points (N, 2) in it."""
    left, top = np.maximum(points.min(0).astype(int) - 2 * _AROUND, 0)
    right, bottom = np.maximum(points.max(0).astype(int) + 2 * _AROUND, 0)
    green = picture[top:bottom, left:right, 1].astype(np.float32)
    if min(green.shape) < 1:
        return 0.0
    energy = cv2.blur(cv2.Laplacian(green, cv2.CV_32F) ** 2, (2 * _AROUND + 1, 2 * _AROUND + 1))
    column, row = np.round(points - (left, top)).astype(int).T
    rows, columns = energy.shape
    return float(energy[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)].mean())
