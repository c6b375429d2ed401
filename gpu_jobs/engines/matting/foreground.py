"""What colour the person has where the old background shines through (soft edges, hair).

Blur fusion (Forte 2021, "Approximate Fast Foreground Colour Estimation", ICIP): local means of the
foreground and the background under the alpha, then one step toward I = a F + (1 - a) B.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]

_TINY = np.float32(1e-4)
_PURITY = 4


def foreground_colours(picture: Frame, alpha: Floats, radius: int) -> Frame:
    """The person's own colours, BGR (H, W, 3), free of the background within `radius` pixels.

    `alpha` (H, W) 0…1. Where it is 1 the picture stays as it is.
    """
    image = picture.astype(np.float32)
    # The wide pass finds the colours, by pixels that are (nearly) one or the other alone; the
    # narrow one brings the detail of the hair back.
    surely = alpha**_PURITY, (1 - alpha) ** _PURITY
    foreground, background = _fuse(image, image, image, alpha, surely, radius)
    either = alpha, 1 - alpha
    narrow = max(2, radius // 12)
    foreground, _ = _fuse(image, foreground, background, alpha, either, narrow)
    solid = alpha[:, :, None] >= 0.995
    clean = np.where(solid, image, np.clip(foreground, 0, 255))
    return np.asarray(np.round(clean), np.uint8)


def _fuse(
    image: Floats,
    foreground: Floats,
    background: Floats,
    alpha: Floats,
    shares: tuple[Floats, Floats],
    reach: int,
) -> tuple[Floats, Floats]:
    def blur(values: Floats) -> Floats:
        window = (2 * reach + 1, 2 * reach + 1)
        return np.asarray(cv2.blur(values, window, borderType=cv2.BORDER_REPLICATE), np.float32)

    weight = alpha[:, :, None]
    near_person, behind = (
        blur(colours * share[:, :, None]) / (blur(share)[:, :, None] + _TINY)
        for colours, share in zip((foreground, background), shares, strict=True)
    )
    rest = image - weight * near_person - (1 - weight) * behind
    return np.clip(near_person + weight * rest, 0, 255), behind
