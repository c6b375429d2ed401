"""Closed eyes for a photo of open ones: lid skin painted over the eye, lashes at its edge.

The lid has no picture in a photo of open eyes, so its colour is taken from the skin around it:
under the brow, where make-up and shadow are the lid's own, and under the eye. Lengths are in
units of the distance between the outer corners of the eyes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import (
    LEFT_BROW_LOWER,
    LEFT_EYE_INNER,
    LEFT_EYE_LOWER,
    LEFT_EYE_OUTER,
    LEFT_EYE_UPPER,
    RIGHT_BROW_LOWER,
    RIGHT_EYE_INNER,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_OUTER,
    RIGHT_EYE_UPPER,
)
from gpu_jobs.engines.portrait.mesh.fields.face_frame import smooth
from gpu_jobs.engines.portrait.mesh.picture.sampling import sample

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]

LEVELS = 7
EYES = (
    (RIGHT_EYE_UPPER, RIGHT_EYE_LOWER, RIGHT_BROW_LOWER),
    (LEFT_EYE_UPPER, LEFT_EYE_LOWER, LEFT_BROW_LOWER),
)
# The mesh draws eyes smaller than they are.
_LARGER_BESIDE, _LARGER_ABOVE, _LARGER_BELOW = 0.022, 0.022, 0.022
_WING = 0.055  # beyond the outer corner: there the lid's line and its lashes run on
_LASH_LINE = 0.020  # from the upper contour up to the root of the lashes of an open eye
_LASHES = 0.040  # from there on up, what they and the fold of the lid hide
_LASH_WIDTH = 0.014
_FRINGE = 0.032  # length of the lashes of a shut eye as they hang
_BELOW = (0.040, 0.080)  # under the lower contour: skin free of lashes
_BESIDE, _ABOVE, _UNDER = 0.08, 0.18, 0.13  # of the patch around the eye
_BROW = 0.055  # height of a brow under its mesh points
_BRIDGE = 0.6  # of the nose's light: less is the bridge of glasses
_GRAIN_LIMIT = 5.0  # levels
_STREAKS = 0.05  # width over which the stretched lid is smoothed along the eye
_STRETCHED = 0.35  # less of its height that drawn skin keeps, from which it is smoothed
_PORES = 0.010  # size of the detail that skin is given back
_LUMINANCE = np.array([0.114, 0.587, 0.299], np.float32)


class Eyelids:
    """Draws blinks into one photo."""

    def __init__(self, photo: Frame, points: Floats) -> None:
        """`points`: (468, 2) pixels of the photo (H, W, 3)."""
        unit = float(np.linalg.norm(points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]))
        glasses = _wears_glasses(photo, points, unit)
        self._patches = [
            _patch(
                photo,
                points[list(upper)],
                points[list(lower)],
                points[list(brow)],
                unit,
                glasses,
            )
            for upper, lower, brow in EYES
        ]
        self._level = 0

    def close(self, frame: Frame, amount: float) -> None:
        """Draw both lids at `amount` (0 as in the photo…1 shut) into the photo (H, W, ≥3).

        It is always the same one: what the last call drew there is not drawn again.
        """
        level = round(float(amount) * (LEVELS - 1))
        if level == self._level:
            return
        self._level = level
        for patch in self._patches:
            picture = patch.levels[level]
            height, width = picture.shape[:2]
            rows, columns = np.s_[patch.top : patch.top + height], patch.left + width
            frame[rows, patch.left : columns, :3] = picture


@dataclass(frozen=True, slots=True)
class _Patch:
    left: int
    top: int
    levels: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class _Eye:
    """One eye in its patch; curves (w,) are rows of the patch for each of its columns."""

    source: Floats
    upper: Floats
    lower: Floats
    brow: Floats
    fold: Floats
    ends: Floats
    """1 between the corners of the eye, 0 beyond; (w,)."""
    lid: Floats
    """Colour of the lid at its fold (w, 3)."""
    lashes: Floats
    clean: float
    """How far above the fold lashes of the open eye are taken away."""
    unit: float


def _patch(
    photo: Frame, upper: Floats, lower: Floats, brow: Floats, unit: float, glasses: bool
) -> _Patch:
    ring = np.concatenate([upper, lower])
    reach = np.array([_BESIDE, _ABOVE]) * unit, np.array([_BESIDE, _UNDER]) * unit
    low = np.maximum(np.floor(ring.min(0) - reach[0]), 0).astype(int)
    high = np.minimum(np.ceil(ring.max(0) + reach[1]) + 1, photo.shape[1::-1]).astype(int)
    source = photo[low[1] : high[1], low[0] : high[0]]
    if min(source.shape[:2]) < 4:
        return _Patch(0, 0, (photo[:0, :0],) * LEVELS)
    eye = _eye(source.astype(np.float32), upper - low, lower - low, brow - low, unit, glasses)
    shut = (_shut(eye, float(amount)) for amount in np.linspace(0, 1, LEVELS)[1:])
    return _Patch(int(low[0]), int(low[1]), (source.copy(), *shut))


def _eye(
    source: Floats, upper: Floats, lower: Floats, brow: Floats, unit: float, glasses: bool
) -> _Eye:
    columns = np.arange(source.shape[1], dtype=np.float32)
    left, right = upper[:, 0].min(), upper[:, 0].max()
    middle, half = (left + right) / 2, (right - left) / 2
    outwards = np.sign(upper[0, 0] - upper[-1, 0])
    larger = np.where((columns - middle) * outwards > 0, _WING, _LARGER_BESIDE)
    across = (columns - middle) / (half + larger * unit)
    within = middle + across * half
    arch = np.clip(1 - across**2, 0, 1)
    arch = np.asarray(np.sqrt(arch), np.float32)
    above, below = np.float32(_LARGER_ABOVE * unit), np.float32(_LARGER_BELOW * unit)
    top = np.asarray(_curve(upper, within) - above * arch, np.float32)
    bottom = np.asarray(_curve(lower, within) + below * arch, np.float32)
    # Over the lid of an eye behind glasses there may be their rim.
    lashes = 0.2 * _LASHES if glasses else _LASHES
    fold = np.asarray(top - (lashes * arch + 0.008) * np.float32(unit), np.float32)
    brows = np.minimum(_curve(brow, columns) + _BROW * unit, fold - 0.03 * unit)
    under = _skin_between(source, bottom + _BELOW[0] * unit, bottom + _BELOW[1] * unit, 50, unit)
    lid = _skin_between(source, np.maximum(brows, fold - 0.06 * unit), fold, 75, unit)
    if glasses:
        lid = 0.92 * under
    # Brows or a fringe of hair there are not the lid's skin.
    light = (lid @ _LUMINANCE) / np.maximum(under @ _LUMINANCE, 1)
    lid = (0.3 * lid + 0.7 * under * np.minimum(light, 1)[:, None]) * (
        np.clip(light, 0.86, 1.08) / np.maximum(light, 0.05)
    )[:, None]
    band = np.abs(_rows(source) - (top - _LASH_LINE * unit)) < 0.02 * unit
    band &= arch > 0.5
    dark = np.percentile(source[band], 12, axis=0) if band.any() else 0.5 * lid.min(0)
    return _Eye(
        source,
        top,
        bottom,
        np.asarray(brows, np.float32),
        fold,
        smooth(arch / 0.45),
        np.asarray(lid, np.float32),
        np.asarray(np.minimum(dark, 0.7 * lid.mean(0)), np.float32),
        0.01 if glasses else 0.05,
        unit,
    )


def _shut(eye: _Eye, amount: float) -> Frame:
    """The eye with its upper lid lowered by `amount`."""
    unit, ys = eye.unit, _rows(eye.source)
    edge = eye.upper + (eye.lower - eye.upper) * np.float32(amount)
    along = (np.clip((ys - eye.fold) / np.maximum(edge - eye.fold, 1), 0, 1) * eye.ends)[..., None]
    # A lid is a ball: it catches light in its middle and turns away at its edge.
    skin = _drawn_down(eye, edge) * (1 + 0.05 * np.sin(np.pi * along) - 0.10 * along**3)
    pixel = max(0.010 * unit, 0.8)
    cover = smooth((edge - ys) / pixel + 0.5) * (ys > eye.brow) * eye.ends
    strength = np.float32(min(1.0, 2.5 * amount))
    # What shows of the eye lies in the lid's shadow.
    below = np.clip((ys - edge) / (0.05 * unit), 0, 1)
    shadow = 1 - 0.22 * (1 - below) * (ys > edge) * (ys < eye.lower) * eye.ends * strength
    painted = eye.source * shadow[..., None]
    painted += (skin - painted) * (cover * strength)[..., None]
    lashes = _lashes(ys - edge, eye, amount)[..., None]
    painted += (eye.lashes - painted) * lashes
    return np.asarray(np.clip(painted + 0.5, 0, 255), np.uint8)


def _drawn_down(eye: _Eye, edge: Floats) -> Floats:
    """The skin between brow and fold, stretched down to the lid's `edge` (w,).

    Its make-up and light are the lid's own, and it has no border above. What stretching draws out
    into streaks is smoothed away, and the pores under the eye stand in its place.
    """
    ys = _rows(eye.source)
    # Lashes turn down with the lid: over its fold there are none.
    above = smooth((ys - eye.fold) / (eye.clean * eye.unit) + 1) * eye.ends
    hidden = np.maximum(eye.source, 0.93 * eye.lid) - eye.source
    clean = eye.source + hidden * above[..., None]
    reach = eye.fold + (edge - eye.fold) * eye.ends
    stretch = (eye.fold - eye.brow) / np.maximum(reach - eye.brow, 1)
    rows = np.where(ys > eye.brow, eye.brow + (ys - eye.brow) * stretch, ys)
    columns = np.broadcast_to(np.arange(ys.shape[1], dtype=np.float32), ys.shape)
    drawn = sample(clean.astype(np.float32), np.stack([columns, rows], -1).astype(np.float32))
    even = cv2.GaussianBlur(drawn, (0, 0), sigmaX=max(_STREAKS * eye.unit, 1.0), sigmaY=0.8)
    loose = smooth((1 - stretch) / _STRETCHED) * (ys > eye.brow) * smooth((ys - eye.brow) / 3)
    return np.asarray(drawn + (even + _pores(eye) - drawn) * loose[..., None], np.float32)


def _pores(eye: _Eye) -> Floats:
    """Fine detail (h, w, 3) of the skin under the eye, mirrored to and fro over the patch."""
    height, width = eye.source.shape[:2]
    fine = eye.source - cv2.GaussianBlur(eye.source, (0, 0), max(_PORES * eye.unit, 1.0))
    strip = np.minimum(eye.lower + _BELOW[0] * eye.unit, height - 3.0)
    tall = np.maximum(height - 1 - strip, 1)
    away = np.abs((strip - _rows(eye.source)) % (2 * tall) - tall)
    columns = np.broadcast_to(np.arange(width, dtype=np.float32), away.shape)
    at = np.stack([columns, strip + tall - away], -1).astype(np.float32)
    return np.clip(sample(fine, at), -_GRAIN_LIMIT, _GRAIN_LIMIT)


def _lashes(below: Floats, eye: _Eye, amount: float) -> Floats:
    """How far lashes cover the pixels (h, w) that lie `below` the lid's edge."""
    width = max(_LASH_WIDTH * eye.unit, 0.8)
    line = np.exp(-(((below - 0.2 * width) / width) ** 2))
    fringe = np.clip(1 - below / max(_FRINGE * eye.unit, 1.2), 0, 1) * (below > 0)
    cover = np.maximum(0.85 * line, 0.5 * amount * fringe)
    return np.asarray(cover * eye.ends * min(1.0, 2.5 * amount), np.float32)


def _skin_between(
    source: Floats,
    above: NDArray[np.floating],
    below: NDArray[np.floating],
    percentile: float,
    unit: float,
) -> Floats:
    """Typical skin (w, 3) between two curves (w,), even along the eye."""
    height, width = source.shape[:2]
    share = np.linspace(0, 1, 9, dtype=np.float32)[:, None]
    rows = np.clip(above + (below - above) * share, 0, height - 1).astype(int)
    colours = np.percentile(source[rows, np.arange(width)], percentile, axis=0)
    blurred = cv2.GaussianBlur(
        colours[None].astype(np.float32),
        (0, 0),
        max(0.06 * unit, 1.0),
        borderType=cv2.BORDER_REPLICATE,
    )
    return np.asarray(blurred[0], np.float32)


def _wears_glasses(photo: Frame, points: Floats, unit: float) -> bool:
    """Whether something dark crosses the nose between the eyes."""
    middle = points[[RIGHT_EYE_INNER, LEFT_EYE_INNER]].mean(0)
    x = int(np.clip(middle[0], 0, photo.shape[1] - 1))
    low, high = np.clip(middle[1] + np.array([-0.16, 0.16]) * unit, 0, photo.shape[0]).astype(int)
    nose = photo[low:high, x].astype(np.float32) @ _LUMINANCE
    return len(nose) > 0 and float(nose.min()) < _BRIDGE * float(np.median(nose))


def _rows(source: Floats) -> Floats:
    height, width = source.shape[:2]
    return np.broadcast_to(np.arange(height, dtype=np.float32)[:, None], (height, width))


def _curve(points: Floats, columns: Floats) -> Floats:
    order = np.argsort(points[:, 0])
    return np.asarray(np.interp(columns, points[order, 0], points[order, 1]), np.float32)
