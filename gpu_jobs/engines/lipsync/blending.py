"""Lay a drawn mouth over its frame so that no join shows: a soft mask, and colours that meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from gpu_jobs.engines.faces.geometry import FloatArray

FEATHER = 0.085  # eye distances
_COLOUR_SCALE = 0.10  # eye distances over which a colour difference at the join fades inward
_COLOUR_LIMIT = 40.0  # levels


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
    def even(self) -> Self:
        """Grown to even places, as a part of a picture of even size that has chroma of its own."""
        left, top = self.left & ~1, self.top & ~1
        return type(self)(left, top, self.right + self.right % 2, self.bottom + self.bottom % 2)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, counted."""
        return self.bottom - self.top, self.right - self.left


def feathered(outline: FloatArray, window: Window, unit: float) -> FloatArray:
    """Soft mask 0…1 of a window: 0 on the outline, 1 a feather inside."""
    # So soft a mask needs no more than half of the resolution.
    rows, columns = window.shape
    mask = np.zeros((-(-rows // 2), -(-columns // 2)), np.uint8)
    fixed = np.round((outline - (window.left + 0.5, window.top + 0.5)) * 8).astype(np.int32)
    cv2.fillConvexPoly(mask, fixed, 255, lineType=cv2.LINE_AA, shift=4)
    radius = FEATHER * unit / 2
    size = 2 * max(1, round(radius)) + 1
    inner = cv2.erode(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    soft = cv2.GaussianBlur(inner.astype(np.float32), (0, 0), 0.5 * radius + 0.25)
    grown = cv2.resize(soft, (2 * mask.shape[1], 2 * mask.shape[0]))[:rows, :columns]
    return np.asarray(grown / np.float32(255), np.float32)


def colour_difference(
    under: FloatArray, laid: FloatArray, mask: FloatArray, unit: float
) -> FloatArray:
    """The colour difference along the join, carried smoothly over the mouth.

    A cheap stand-in for Poisson blending: normalised convolution of the difference in the band
    where both pictures show skin, at a quarter of the resolution.
    """
    band = ((mask > 0.02) & (mask < 0.6)).astype(np.float32)
    small = (max(2, mask.shape[1] // 4), max(2, mask.shape[0] // 4))
    weighted = cv2.resize((under - laid) * band[..., None], small, interpolation=cv2.INTER_AREA)
    amount = cv2.resize(band, small, interpolation=cv2.INTER_AREA)
    sigma = max(1.0, _COLOUR_SCALE * unit)
    spread = cv2.GaussianBlur(weighted, (0, 0), sigma)
    norm = cv2.GaussianBlur(amount, (0, 0), sigma)[..., None] + 1e-3
    limited = np.clip(spread / norm, -_COLOUR_LIMIT, _COLOUR_LIMIT)
    return np.asarray(cv2.resize(limited, mask.shape[::-1]), np.float32)
