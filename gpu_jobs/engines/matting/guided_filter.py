"""The guided filter with a colour guide (He, Sun, Tang 2013; fast form: He and Sun 2015)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# The six different entries of a symmetric 3 x 3 matrix.
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


def guided_filter(guide: Floats, wanted: Floats, radius: int, epsilon: float) -> Floats:
    """`wanted` (H, W) redrawn as a locally linear function of the colours of `guide` (H, W, 3).

    Both 0…1. Within `radius` pixels, edges weaker than `epsilon` (a variance) are smoothed over.
    """
    return apply_model(linear_model(guide, wanted, radius, epsilon), guide)


def linear_model(guide: Floats, wanted: Floats, radius: int, epsilon: float) -> Floats:
    """The filter's smoothed coefficients, (H, W, 4): a factor per colour, and an offset."""

    def mean(values: Floats) -> Floats:
        window = (2 * radius + 1, 2 * radius + 1)
        return np.asarray(cv2.boxFilter(values, -1, window, borderType=cv2.BORDER_REFLECT))

    colours, level = mean(guide), mean(wanted)
    slope = mean(guide * wanted[:, :, None]) - colours * level[:, :, None]
    products = mean(np.stack([guide[:, :, i] * guide[:, :, j] for i, j in _PAIRS[:3]], -1))
    others = mean(np.stack([guide[:, :, i] * guide[:, :, j] for i, j in _PAIRS[3:]], -1))
    means = np.stack([colours[:, :, i] * colours[:, :, j] for i, j in _PAIRS], -1)
    variance = np.concatenate([products, others], -1) - means
    variance[:, :, (0, 3, 5)] += np.float32(epsilon)
    factors = _solve(variance, slope)
    offset = level - (factors * colours).sum(-1)
    return mean(np.concatenate([factors, offset[:, :, None]], -1))


def apply_model(model: Floats, guide: Floats) -> Floats:
    """The filter's output (H, W) for `guide` (H, W, 3) from coefficients of the same size."""
    return np.asarray((model[:, :, :3] * guide).sum(-1) + model[:, :, 3], np.float32)


def _solve(matrix: Floats, vector: Floats) -> Floats:
    """x of `matrix` x = `vector` for every pixel: symmetric 3 x 3, by its adjugate."""
    a, b, c, d, e, f = (matrix[:, :, i] for i in range(6))
    x, y, z = (vector[:, :, i] for i in range(3))
    af, ad, ae = d * f - e * e, c * e - b * f, b * e - c * d
    bf, be, cf = a * f - c * c, b * c - a * e, a * d - b * b
    determinant = a * af + b * ad + c * ae
    solved = [af * x + ad * y + ae * z, ad * x + bf * y + be * z, ae * x + be * y + cf * z]
    return np.asarray(np.stack(solved, -1) / determinant[:, :, None], np.float32)
