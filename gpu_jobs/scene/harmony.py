"""So that the person does not look pasted: colours toward the backdrop's, its light, a shadow."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

_SHARE = 0.16  # of the way from the person's mean colour to the backdrop's
_MOST = np.array([9.0, 5.0, 5.0], np.float32)  # Lab: never more than this much lightness and tint
_WRAP = 0.35  # how strongly light from behind spills over the edges
_WRAP_REACH = 0.009  # of the canvas's shorter side
_CONTACT, _AMBIENT = 0.55, 0.1  # darkest point of a shadow under the feet, around a bust


def matched_colours(figure: Pixels, backdrop: Pixels) -> None:
    """Tint the figure (H, W, 4), in place, a little toward the backdrop (H, W, 3), and light it.

    The tint is a shift of the mean in CIE Lab (Reinhard et al. 2001, bounded): a face stays a face.
    """
    rows, columns = np.flatnonzero(figure[:, :, 3].any(1)), np.flatnonzero(figure[:, :, 3].any(0))
    if not len(rows):
        return
    # With a margin, so that the light along the figure's edges is the same as on the whole canvas.
    shortest = min(figure.shape[:2])
    margin = round(0.03 * shortest)
    box = (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )
    part = figure[box]
    alpha = np.ascontiguousarray(part[:, :, 3])
    tinted = np.clip(_unit(part[:, :, :3]) + _tint(part, alpha, backdrop), 0, 1)
    lit = _wrapped(tinted, alpha, np.ascontiguousarray(backdrop[box]), shortest)
    part[:, :, :3] = lit


def _tint(part: Pixels, alpha: Pixels, backdrop: Pixels) -> Floats:
    """What to add to the colours of `part` (H, W, 4), 0…1: smooth, so a fourth of the size does."""
    height, width = alpha.shape
    size = max(1, width // 4), max(1, height // 4)
    small = _unit(np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8))
    colours = np.ascontiguousarray(small[:, :, :3])
    lab = cv2.cvtColor(colours, cv2.COLOR_BGR2Lab)
    around = cv2.cvtColor(_unit(_small(backdrop)), cv2.COLOR_BGR2Lab)
    solid = small[:, :, 3] > 0.8
    if not solid.any():
        return np.zeros((height, width, 3), np.float32)
    shift = (around.reshape(-1, 3).mean(0) - lab[solid].mean(0)) * _SHARE
    lab = np.asarray(lab + np.clip(shift, -_MOST, _MOST).astype(np.float32), np.float32)
    change = cv2.cvtColor(lab, cv2.COLOR_Lab2BGR) - colours
    return np.asarray(cv2.resize(change, (width, height)), np.float32)


def _wrapped(colours: Floats, alpha: Pixels, backdrop: Pixels, shortest: int) -> Pixels:
    """Light wrap: along the inside of the edge, some of the blurred backdrop is screened on."""
    reach = max(2.0, _WRAP_REACH * shortest)
    inside = _blurred(255 - alpha, reach)
    glow = _blurred(backdrop, 3 * reach)
    weight = cv2.merge([_WRAP * inside * _unit(alpha)] * 3)
    # Screened: 1 - (1 - colour) (1 - glow), as two lights add up.
    lit = colours + weight * glow * (1 - colours)
    return np.asarray(np.round(lit * 255), np.uint8)


def cast_shadow(backdrop: Pixels, figure: Pixels, *, stands: bool) -> None:
    """Darken the backdrop (H, W, 3), in place, where the figure (H, W, 4) takes its light.

    Under someone who stands, a flat ellipse at the feet; behind a bust only a faint, wide shade.
    """
    alpha = figure[:, :, 3]
    solid = alpha > 128
    if not solid.any():
        return
    height, width = alpha.shape
    shade = _blurred(alpha, 0.03 * min(height, width))
    down = round(0.008 * height)
    dark = _AMBIENT * np.roll(shade, down, axis=0)
    dark[:down] = 0
    if stands:
        dark = np.maximum(dark, _CONTACT * _under_the_feet(solid))
    kept = cv2.merge([np.round((1 - dark) * 255).astype(np.uint8)] * 3)
    cv2.multiply(backdrop, kept, dst=backdrop, scale=1 / 255)


def _under_the_feet(solid: NDArray[np.bool_]) -> Floats:
    """A soft ellipse as wide as what touches the floor, 0…1."""
    height, width = solid.shape
    bottom = int(np.flatnonzero(solid.any(1))[-1])
    figure_height = bottom - int(np.flatnonzero(solid.any(1))[0])
    feet = solid[max(0, bottom - max(2, figure_height // 25)) : bottom + 1]
    columns = np.flatnonzero(feet.any(0))
    left, right = int(columns[0]), int(columns[-1])
    across = 0.62 * (right - left) + 0.02 * figure_height
    middle = ((left + right) // 2, bottom - round(0.004 * figure_height))
    picture = np.zeros((height, width), np.float32)
    axes = (max(2, round(across)), max(1, round(0.13 * across)))
    cv2.ellipse(picture, middle, axes, 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(1.0, 0.09 * across)), np.float32)


def _blurred(picture: Pixels, reach: float) -> Floats:
    """Gaussian blur, 0…1, computed as small as its `reach` (standard deviation, px) allows."""
    step = max(1, int(reach / 3))
    size = picture.shape[1::-1]
    small = cv2.resize(
        picture, (-(-size[0] // step), -(-size[1] // step)), interpolation=cv2.INTER_AREA
    )
    soft = cv2.GaussianBlur(small, (0, 0), reach / step)
    return np.asarray(cv2.resize(soft, size) * np.float32(1 / 255), np.float32)


def _unit(picture: Pixels) -> Floats:
    return np.asarray(picture * np.float32(1 / 255), np.float32)


def _small(picture: Pixels) -> Pixels:
    return np.asarray(cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA), np.uint8)
