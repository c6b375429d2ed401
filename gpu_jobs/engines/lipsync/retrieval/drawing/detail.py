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
    place, weights = _around(laid.shape, lips)
    with_fine, without = (_second_derivative(picture[place]) for picture in (laid, coarse))
    fine = with_fine - without
    # The energy of coarse + gain * fine is a square function of the gain.
    most, half, least = (
        float((weights * product).sum()) for product in (fine**2, fine * without, without**2)
    )
    root = max(0.0, half**2 - most * (least - _STORED * energy))
    gain = float(np.clip((np.sqrt(root) - half) / max(most, 1e-6), _LEAST_CRISP, _MOST_CRISP))
    return np.asarray(cv2.addWeighted(laid, gain, coarse, 1 - gain, 0), np.float32)


def mouth_detail(picture: NDArray[Any], corner: NDArray[np.int32], mesh: FloatArray) -> float:
    """Energy of the detail of a mouth's `picture` (h, w, 3); `mesh` (468, 3) of its whole frame."""
    return detail(picture, between_lips(mesh) - corner)


def between_lips(points: FloatArray) -> FloatArray:
    """Where detail counts: on the inner edges of the lips and midway between them; (29, 2)."""
    upper, lower = points[list(UPPER_LIP_INNER), :2], points[list(LOWER_LIP_INNER), :2]
    return np.concatenate([upper, lower[1:-1], ((upper + lower) / 2)[1:-1]])


def detail(picture: NDArray[Any], points: FloatArray) -> float:
    """Energy of the finest detail of a picture (h, w, 3) around points (N, 2) in it."""
    place, weights = _around(picture.shape, points)
    return float((weights * _second_derivative(picture[place]) ** 2).sum())


def _around(shape: tuple[int, ...], points: FloatArray) -> tuple[tuple[slice, slice], FloatArray]:
    """Where in a picture points (N, 2) and their surroundings lie, and how much each pixel counts.

    The weights sum to 1.
    """
    height, width = shape[:2]
    column, row = np.clip(np.round(points), 0, (width - 1, height - 1)).astype(int).T
    left, top = max(0, column.min() - 2 * _AROUND), max(0, row.min() - 2 * _AROUND)
    place = slice(top, row.max() + 2 * _AROUND + 1), slice(left, column.max() + 2 * _AROUND + 1)
    rows, columns = min(place[0].stop, height) - top, min(place[1].stop, width) - left
    weights = np.zeros((rows, columns), np.float32)
    np.add.at(weights, (row - top, column - left), 1 / len(points))
    side = 2 * _AROUND + 1
    return place, np.asarray(cv2.blur(weights, (side, side)), np.float32)


def _second_derivative(picture: NDArray[Any]) -> FloatArray:
    green = picture[..., 1].astype(np.float32)
    return np.asarray(cv2.Laplacian(green, cv2.CV_32F), np.float32)
