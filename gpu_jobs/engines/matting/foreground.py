"""What colour the person has where the old background shines through (soft edges, hair).

After blur fusion (Forte 2021, "Approximate Fast Foreground Colour Estimation", ICIP): local means
of the foreground and the background under the alpha, then a step toward I = a F + (1 - a) B.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]

_TINY = np.float32(1e-4)
_PURITY = 4
_STEPS = 8
"""The means are taken in a picture so small that their radius is about this many pixels."""


def foreground_colours(picture: Frame, alpha: Floats, radius: int) -> Frame:
    """The person's own colours, BGR (H, W, 3), free of the background within `radius` pixels.

    `alpha` (H, W) 0…1. Where it is 1 the picture stays as it is; beyond the person their colours
    go on, so that resampling the edge mixes in nothing else.
    """
    step = max(1, radius // _STEPS)
    size = -(-picture.shape[1] // step), -(-picture.shape[0] // step)
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    share = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.float32)
    # By pixels that are (nearly) one or the other alone: a half-clear one has both colours.
    foreground = _mean_by(small, share**_PURITY, radius // step)
    background = _mean_by(small, (1 - share) ** _PURITY, radius // step)
    near_person, behind = (_enlarged(colours, picture) for colours in (foreground, background))
    clean = np.where((alpha >= 0.995)[:, :, None], picture, near_person)
    soft = (alpha > 0) & (alpha < 0.995)
    weight = alpha[soft][:, None]
    person, ground = near_person[soft].astype(np.float32), behind[soft].astype(np.float32)
    rest = picture[soft] - weight * person - (1 - weight) * ground
    # As much of the pixel's own detail as there is of the person in it.
    clean[soft] = np.round(np.clip(person + weight * rest, 0, 255)).astype(np.uint8)
    return clean


def _mean_by(colours: Floats, share: Floats, reach: int) -> Floats:
    """Local mean of the colours (h, w, 3), each pixel counting by its share (h, w)."""
    window = (2 * reach + 1, 2 * reach + 1)
    weighted = cv2.blur(colours * share[:, :, None], window, borderType=cv2.BORDER_REPLICATE)
    total = cv2.blur(share, window, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(weighted / (total[:, :, None] + _TINY), np.float32)


def _enlarged(colours: Floats, like: Frame) -> Frame:
    rounded = np.round(np.clip(colours, 0, 255)).astype(np.uint8)
    return np.asarray(cv2.resize(rounded, like.shape[1::-1]), np.uint8)
