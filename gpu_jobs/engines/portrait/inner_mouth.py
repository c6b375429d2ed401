"""Paint what an open mouth shows: dark cavity, the upper teeth, the tongue."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.media.face_geometry import (
    LEFT_EYE_OUTER,
    LIP_TOP_INNER,
    LOWER_LIP_INNER,
    RIGHT_EYE_OUTER,
    UPPER_LIP_INNER,
)

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]

# Lengths in units of the distance between the outer corners of the eyes (about 90 mm).
LEAST_OPENING = 0.008
FULLY_PAINTED = 0.03
TOOTH_HEIGHT = 0.045
TOOTH_WIDTH = 0.085
SOFTNESS = 0.009  # of the edges; sharper ones look cut out
LIT = 0.07  # opening that lets full light onto the teeth
TONGUE_FROM = 0.55  # of the opening, from above
CHEEKS = (50, 280, 205, 425)


@dataclass(frozen=True, slots=True)
class _Region:
    """The part of the frame to paint, in mouth coordinates; every map is (h, w) float32."""

    left: int
    top: int
    alpha: Floats
    across: Floats  # -1…1 from corner to corner
    below: Floats  # px under the upper lip's edge in the middle of the mouth
    depth: Floats  # 0 at the upper lip…1 at the lower


def paint_inner_mouth(frame: Frame, points: Floats, opening_px: float) -> None:
    """Fill the gap between the inner lips of `points` in place.

    `frame`: BGR (H, W, 3). `points`: (468, 2) pixels, where the lips are *in this frame*.
    `opening_px`: distance of the lips in the middle. Colours are taken from the skin, so that the
    mouth has the picture's light. Nothing is painted for an opening too small to see.
    """
    right, left = points[RIGHT_EYE_OUTER], points[LEFT_EYE_OUTER]
    unit = float(np.linalg.norm(left - right))
    strength = (opening_px / unit - LEAST_OPENING) / (FULLY_PAINTED - LEAST_OPENING)
    if strength <= 0:
        return
    region = _region(frame, points, (left - right) / unit, unit, opening_px)
    if region is None:
        return
    colours = _colours(region, _skin(frame, points, unit), unit, opening_px)
    height, width = region.alpha.shape
    target = frame[region.top : region.top + height, region.left : region.left + width]
    # Toward the corners the lips touch whatever the mesh says.
    parted = np.clip((1 - region.across**2) / 0.2, 0, 1)
    alpha = (region.alpha * parted)[..., None] * min(strength, 1.0)
    target[:] = np.clip(target + (colours - target) * alpha, 0, 255).astype(np.uint8)


def lip_gap_mask(points: Floats, box: tuple[int, int, int, int], blur: float) -> Floats:
    """Soft mask (h, w), 0…1, of the gap between the inner lips inside `box` (left, top, w, h)."""
    left, top, width, height = box
    ring = np.concatenate([points[list(UPPER_LIP_INNER)], points[list(LOWER_LIP_INNER[-2:0:-1])]])
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.round((ring - [left, top]) * 16).astype(np.int32)], 255, shift=4)
    soft = cv2.GaussianBlur(mask, (0, 0), blur)
    return np.asarray(soft, np.float32) / np.float32(255)


def gap_box(frame: Frame, points: Floats, margin: float) -> tuple[int, int, int, int] | None:
    """(left, top, width, height) around the inner lips, inside the frame, or None if outside."""
    ring = points[[*UPPER_LIP_INNER, *LOWER_LIP_INNER]]
    low = np.maximum(np.floor(ring.min(0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(ring.max(0) + margin) + 1, frame.shape[1::-1]).astype(int)
    if np.any(high - low < 2):
        return None
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def _region(
    frame: Frame, points: Floats, across: Floats, unit: float, opening: float
) -> _Region | None:
    blur = max(0.7, SOFTNESS * unit)
    box = gap_box(frame, points, 4 * blur)
    if box is None:
        return None
    left, top, width, height = box
    corners = points[[UPPER_LIP_INNER[0], UPPER_LIP_INNER[-1]]]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    dx = xs + left - points[LIP_TOP_INNER, 0]
    dy = ys + top - points[LIP_TOP_INNER, 1]
    below = dy * across[0] - dx * across[1]
    sideways = dx * across[0] + dy * across[1]
    # In a turned head the far half of the mouth is the shorter one.
    middle = points[LIP_TOP_INNER]
    halves = np.maximum(np.abs((corners - middle) @ across), 1.0)
    return _Region(
        left,
        top,
        lip_gap_mask(points, box, blur),
        np.asarray(sideways / np.where(sideways < 0, halves[0], halves[1]), np.float32),
        below,
        np.clip(below / max(opening, 1.0), 0, 1),
    )


def _skin(frame: Frame, points: Floats, unit: float) -> Floats:
    """Median BGR of the cheeks, which tells the light that falls on the face."""
    radius = max(1, round(0.03 * unit))
    height, width = frame.shape[:2]
    patches = []
    for x, y in points[list(CHEEKS)]:
        column = int(np.clip(x, radius, width - radius - 1))
        row = int(np.clip(y, radius, height - radius - 1))
        patch = frame[row - radius : row + radius + 1, column - radius : column + radius + 1]
        patches.append(patch.reshape(-1, 3))
    return np.asarray(np.median(np.concatenate(patches), axis=0), np.float32)


def _colours(region: _Region, skin: Floats, unit: float, opening_px: float) -> Floats:
    """BGR of every pixel of the region, (h, w, 3)."""
    light = float(skin @ np.array([0.114, 0.587, 0.299], np.float32))
    cavity = light * np.array([0.10, 0.09, 0.20], np.float32)
    tongue = light * np.array([0.42, 0.40, 0.74], np.float32)
    # Enamel takes the light's colour, as the skin does: plain grey looks green between red lips.
    enamel = 0.80 * light * np.array([0.84, 0.98, 1.08], np.float32) + 0.42 * skin
    arch = np.clip(1 - region.across**2, 0, 1)
    rise = np.clip((region.depth - TONGUE_FROM) / (1 - TONGUE_FROM), 0, 1) * arch
    colours = cavity + (tongue - cavity) * (0.75 * rise)[..., None]
    edge = unit * TOOTH_HEIGHT * (0.72 + 0.28 * arch)
    cover = np.clip((edge - region.below) / max(0.016 * unit, 1.0), 0, 1)
    cover *= np.clip(arch / 0.6 - 0.15, 0, 1)
    lit = 0.65 + 0.35 * min(opening_px / (LIT * unit), 1.0)
    shade = lit * (0.45 + 0.55 * np.sqrt(arch))
    gaps = np.abs(region.across * (0.28 / TOOTH_WIDTH) % 1 - 0.5)
    shade *= 1 - 0.10 * np.clip((gaps - 0.42) / 0.08, 0, 1)
    colours += (enamel * shade[..., None] - colours) * cover[..., None]
    shadow = 0.62 + 0.38 * np.clip(region.below / (0.028 * unit), 0, 1)  # of the upper lip
    return np.asarray(colours * shadow[..., None], np.float32)
