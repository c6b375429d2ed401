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


def matched_colours(figure: Pixels, backdrop: Pixels) -> Pixels:
    """The figure (H, W, 4), tinted a little toward the backdrop (H, W, 3) and lit by it.

    The tint is a shift of the mean in CIE Lab (Reinhard et al. 2001, bounded): a face stays a face.
    """
    alpha = figure[:, :, 3]
    solid = alpha > 200
    if not solid.any():
        return figure
    image = figure[:, :, :3].astype(np.float32) / 255
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2Lab)
    around = cv2.cvtColor(_small(backdrop).astype(np.float32) / 255, cv2.COLOR_BGR2Lab)
    shift = (around.reshape(-1, 3).mean(0) - lab[solid].mean(0)) * _SHARE
    lab += np.clip(shift, -_MOST, _MOST)
    tinted = np.asarray(np.clip(cv2.cvtColor(lab, cv2.COLOR_Lab2BGR), 0, 1), np.float32)
    return np.dstack([_wrapped(tinted, alpha, backdrop), alpha])


def _wrapped(colours: Floats, alpha: Pixels, backdrop: Pixels) -> Pixels:
    """Light wrap: along the inside of the edge, some of the blurred backdrop is screened on."""
    reach = max(2.0, _WRAP_REACH * min(alpha.shape))
    inside = cv2.GaussianBlur(255 - alpha, (0, 0), reach).astype(np.float32) / 255
    glow = cv2.GaussianBlur(backdrop, (0, 0), 3 * reach).astype(np.float32) / 255
    weight = (_WRAP * inside * (alpha.astype(np.float32) / 255))[:, :, None]
    lit = 1 - (1 - colours) * (1 - glow)
    return np.asarray(np.round((colours + weight * (lit - colours)) * 255), np.uint8)


def cast_shadow(backdrop: Pixels, figure: Pixels, *, stands: bool) -> None:
    """Darken the backdrop (H, W, 3), in place, where the figure (H, W, 4) takes its light.

    Under someone who stands, a flat ellipse at the feet; behind a bust only a faint, wide shade.
    """
    alpha = figure[:, :, 3]
    solid = alpha > 128
    if not solid.any():
        return
    height, width = alpha.shape
    shade = cv2.GaussianBlur(alpha, (0, 0), 0.03 * min(height, width)).astype(np.float32) / 255
    down = round(0.008 * height)
    dark = _AMBIENT * np.roll(shade, down, axis=0)
    dark[:down] = 0
    if stands:
        dark = np.maximum(dark, _CONTACT * _under_the_feet(solid))
    kept = cv2.merge([(1 - dark).astype(np.float32)] * 3)
    backdrop[:] = np.round(backdrop * kept).astype(np.uint8)


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


def _small(picture: Pixels) -> Pixels:
    return np.asarray(cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA), np.uint8)
