"""Paint what an open mouth shows: wet lip, shaded cavity, tongue, the upper teeth in part.

Everything is lit from the face: light from the cheeks, flesh from the lips, grain from the skin,
so that the painted part has the picture's exposure, tint and noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpu_jobs.engines.faces.geometry import (
    LEFT_EYE_OUTER,
    LOWER_LIP_INNER,
    LOWER_LIP_OUTER,
    RIGHT_EYE_OUTER,
    UPPER_LIP_INNER,
    UPPER_LIP_OUTER,
)
from gpu_jobs.engines.mouth.lip_gap import Box, LipGap

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]

# Lengths in units of the distance between the outer corners of the eyes (about 90 mm).
LEAST_OPENING = 0.004
FULLY_PAINTED = 0.016
SOFTNESS = 0.008  # of the gap's edges; sharper ones look cut out
TEETH_AT_REST = 0.018  # of the upper teeth stand below the resting upper lip's edge: 1.6 mm
TEETH_PER_OPENING = 0.13  # more of them shows as the upper lip rises
TEETH_REACH = 0.19  # from the middle to where the arch of teeth turns away
TOOTH_EDGES = (0.0, 0.094, 0.166, 0.235)  # between incisors and canines, from the middle
LIT = 0.075  # opening that lets full light onto the teeth
LIP_ROLL = 0.016  # the wet inside of the lips that is seen beyond their edge
LIP_SHADOW = 0.030  # of the upper lip, falling on what is behind it
CHEEKS = (50, 280, 205, 425)
MOST_COLUMNS = 160  # px of a mouth in which its inside is computed
GRAIN_LIMIT = 6.0  # levels; more is a mole or a hair

# Shares of the lips' colour, and of the light; BGR.
_CAVITY = np.array([0.16, 0.15, 0.21], np.float32)
_TONGUE = np.array([0.62, 0.56, 0.66], np.float32)
_ENAMEL = np.array([0.56, 0.60, 0.66], np.float32)
_LUMINANCE = np.array([0.114, 0.587, 0.299], np.float32)


@dataclass(frozen=True, slots=True)
class _Gap:
    """The pixels around the gap in mouth coordinates; every map is (h, w) float32."""

    across: Floats  # eye distances from the middle of the mouth, as if seen from the front
    side: Floats  # -1…1 from corner to corner
    below: Floats  # eye distances under the upper edge
    above: Floats  # eye distances over the lower edge
    opening: float  # eye distances, at the widest place


@dataclass(frozen=True, slots=True)
class Palette:
    """What a face's light and flesh look like; BGR float32."""

    skin: Floats
    lips: Floats
    grain: Floats
    """The skin's own noise (h, w, 3): paint without it looks pasted on."""

    @classmethod
    def of(cls, photo: Frame, points: Floats) -> Self:
        """Of a BGR photo (H, W, 3) with its mesh (468, 2)."""
        unit = float(np.linalg.norm(points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]))
        return cls(_skin(photo, points, unit), _lips(photo, points), _grain(photo, points, unit))


def paint_inner_mouth(
    frame: Frame, points: Floats, gap: LipGap, palette: Palette | None = None
) -> None:
    """Fill the gap between parted lips in place.

    `frame`: BGR (H, W, 3). `points`: (468, 2) pixels, where the face is *in this frame*. Nothing
    is painted for an opening too small to see. `palette`: of the same face; None: taken here.
    """
    right, left = points[RIGHT_EYE_OUTER], points[LEFT_EYE_OUTER]
    unit = float(np.linalg.norm(left - right))
    across = (left - right) / unit
    down = np.array([-across[1], across[0]], np.float32)
    opening = float(gap.heights(down).max()) / unit
    strength = (opening - LEAST_OPENING) / (FULLY_PAINTED - LEAST_OPENING)
    blur = max(0.7, SOFTNESS * unit)
    box = gap.box(frame.shape, 4 * blur)
    if strength <= 0 or box is None:
        return
    palette = palette or Palette.of(frame, points)
    column, row, width, height = box
    # What is inside a mouth is smooth: a large one is painted small and enlarged.
    scale = max(1.0, width / MOST_COLUMNS)
    maps = _gap_maps(gap, box, across, down, unit, scale)
    colours = _colours(maps, palette.skin, palette.lips)
    if scale > 1:
        colours = np.asarray(cv2.resize(colours, (width, height)), np.float32)
    _add_grain(colours, palette.grain)
    target = frame[row : row + height, column : column + width]
    alpha = gap.mask(box, blur) * np.float32(min(strength, 1.0))
    mixed = target + (colours - target) * alpha[..., None]
    target[:] = cv2.convertScaleAbs(np.maximum(mixed, 0))


def _gap_maps(
    gap: LipGap, box: Box, across: Floats, down: Floats, unit: float, scale: float
) -> _Gap:
    """Maps of a box, made smaller by `scale`."""
    left, top, width, height = box
    columns, rows = (max(1, round(side / scale)) for side in (width, height))
    xs = (np.arange(columns, dtype=np.float32) + 0.5) * (width / columns) + (left - 0.5)
    ys = ((np.arange(rows, dtype=np.float32) + 0.5) * (height / rows) + (top - 0.5))[:, None]
    middle = (gap.upper[len(gap.upper) // 2] + gap.lower[len(gap.lower) // 2]) / 2
    along = ((xs - middle[0]) * across[0] + (ys - middle[1]) * across[1]) / unit
    under = ((xs - middle[0]) * down[0] + (ys - middle[1]) * down[1]) / unit
    edges = [
        np.interp(along, (edge - middle) @ across / unit, (edge - middle) @ down / unit)
        for edge in (gap.upper, gap.lower)
    ]
    # In a turned head the far half of the mouth is the shorter one.
    ends = (gap.upper[[0, -1]] - middle) @ across / unit
    halves = np.maximum(np.abs(ends), 0.02)
    side = np.asarray(along / np.where(along < 0, halves[0], halves[1]), np.float32)
    return _Gap(
        across=side * np.float32(halves.mean()),
        side=side,
        below=np.asarray(under - edges[0], np.float32),
        above=np.asarray(edges[1] - under, np.float32),
        opening=float(gap.heights(down).max()) / unit,
    )


def _colours(gap: _Gap, skin: Floats, lips: Floats) -> Floats:
    """BGR of every pixel, (h, w, 3), from the median colours of skin and lips."""
    arch = np.clip(1 - gap.side**2, 0, 1)
    cavity = _CAVITY * lips
    colours = np.broadcast_to(cavity, (*arch.shape, 3)).copy()
    tongue = _TONGUE * lips
    back = np.clip((0.075 - gap.above) / 0.06, 0, 1) * np.clip(gap.below / 0.05 - 0.5, 0, 1)
    _lay(colours, tongue, 0.8 * _eased(back) * arch)
    _lay(colours, _teeth(gap, skin, arch), _teeth_cover(gap))
    # The upper lip shades what is behind it, and less so the wider the mouth is open.
    shadow = np.exp(-np.maximum(gap.below, 0) / (0.5 * LIP_SHADOW))
    colours *= (1 - 0.45 * shadow)[..., None]
    _lay(colours, 0.62 * lips, 0.75 * _eased(1 - gap.above / LIP_ROLL))
    _lay(colours, 0.45 * lips, 0.70 * _eased(1 - gap.below / (0.5 * LIP_ROLL)))
    return colours


def _teeth(gap: _Gap, skin: Floats, arch: Floats) -> Floats:
    """BGR (h, w, 3) of teeth in this light, darker to the sides and where little light enters."""
    light = float(skin @ _LUMINANCE)
    # Enamel takes the light's colour, as the skin does: plain grey looks green between red lips.
    enamel = light * _ENAMEL + 0.50 * skin
    lit = 0.42 + 0.42 * min(gap.opening / LIT, 1.0)
    turn = np.clip(gap.across / TEETH_REACH, -1, 1) ** 2
    grooves = np.exp(-((_to_tooth_edge(gap) / 0.005) ** 2))
    shade = lit * (1 - 0.5 * turn) * (0.7 + 0.3 * arch) * (1 - 0.10 * grooves)
    return np.asarray(shade[..., None] * enamel, np.float32)


def _teeth_cover(gap: _Gap) -> Floats:
    """How far teeth hide the cavity, (h, w): a band with rounded corners, open to the sides."""
    turn = np.clip(np.abs(gap.across) / TEETH_REACH, 0, 1) ** 2
    edge = TEETH_AT_REST + TEETH_PER_OPENING * gap.opening
    edge = edge * (1 - 0.45 * turn) - 0.004 * np.exp(-((_to_tooth_edge(gap) / 0.008) ** 2))
    cover = _eased((edge - gap.below) / 0.012 + 0.5)
    cover *= _eased((1.1 - np.abs(gap.side)) / 0.45) * _eased((1.0 - turn) / 0.4)
    return cover


def _to_tooth_edge(gap: _Gap) -> Floats:
    """Distance (h, w) to the nearest border between two teeth."""
    away = [np.abs(np.abs(gap.across) - edge) for edge in TOOTH_EDGES]
    return np.asarray(np.min(away, axis=0), np.float32)


def _lay(colours: Floats, over: Floats, alpha: Floats) -> None:
    colours += (over - colours) * alpha[..., None]


def _skin(frame: Frame, points: Floats, unit: float) -> Floats:
    """Median BGR of the cheeks, which tells the light that falls on the face."""
    radius = max(1, round(0.03 * unit))
    patches = [_patch(frame, point, radius).reshape(-1, 3) for point in points[list(CHEEKS)]]
    return np.asarray(np.median(np.concatenate(patches), axis=0), np.float32)


def _lips(frame: Frame, points: Floats) -> Floats:
    """Median BGR of the lips' flesh."""
    outer = points[[*UPPER_LIP_OUTER[2:-2], *LOWER_LIP_OUTER[2:-2]]]
    inner = points[[*UPPER_LIP_INNER[2:-2], *LOWER_LIP_INNER[2:-2]]]
    patches = [_patch(frame, point, 1).reshape(-1, 3) for point in 0.45 * outer + 0.55 * inner]
    return np.asarray(np.median(np.concatenate(patches), axis=0), np.float32)


def _grain(frame: Frame, points: Floats, unit: float) -> Floats:
    """What a patch of the cheek adds to its own blur, (h, w, 3)."""
    cheek = _patch(frame, points[CHEEKS[0]], max(2, round(0.06 * unit))).astype(np.float32)
    blurred = cv2.GaussianBlur(cheek, (0, 0), 1.2)
    return np.asarray(np.clip(cheek - blurred, -GRAIN_LIMIT, GRAIN_LIMIT), np.float32)


def _add_grain(colours: Floats, grain: Floats) -> None:
    """Add the grain to larger colours in place, mirrored as often as it takes: no joints show."""
    rows, columns = (
        np.pad(np.arange(size), (0, wanted), "symmetric")[:wanted]
        for size, wanted in zip(grain.shape, colours.shape[:2], strict=False)
    )
    colours += grain[rows[:, None], columns]


def _patch(frame: Frame, point: Floats, radius: int) -> Frame:
    """A square of the frame around a point, moved inside where the point is not."""
    height, width = frame.shape[:2]
    column = int(np.clip(point[0], radius, width - radius - 1))
    row = int(np.clip(point[1], radius, height - radius - 1))
    return frame[row - radius : row + radius + 1, column - radius : column + radius + 1]


def _eased(x: ArrayLike) -> Floats:
    t = np.clip(np.asarray(x, np.float32), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
