"""What a person is shown before: a picture, a colour, or what was behind them, blurred."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.media.pictures.decoder import Picture

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]
Size = tuple[int, int]

_SMALL: Final = 160
"""Longer side at which the ground is blurred: what is finer than its pixels is gone anyway."""
_STRONGEST: Final = 0.06
"""Of the longer side: standard deviation of the strongest blur."""
_TINY: Final = 1e-3


class Backdrop:
    """`still`: the same behind every frame; else each frame's own ground, blurred by `blur` 0…1."""

    def __init__(self, size: Size, still: Frame | None, blur: float = 0.0) -> None:
        self._size = size
        self._still = still
        self._blur = blur

    @classmethod
    def of(
        cls, size: Size, picture: Picture | None, colour: str | None, blur: float | None
    ) -> Backdrop:
        """Of a task's fields, of which one is given at most; without any, white."""
        if picture is not None:
            return cls(size, _filling(picture.bgr, size))
        if blur is not None:
            return cls(size, None, blur)
        red, green, blue = bytes.fromhex((colour or "#FFFFFF")[1:])
        return cls(size, np.full((size[1], size[0], 3), (blue, green, red), np.uint8))

    def behind(self, picture: Frame, alpha: Floats) -> Frame:
        """What stands behind a frame whose person has this alpha; (H, W, 3) of the film's size."""
        if self._still is not None:
            return self._still
        scale = _SMALL / max(picture.shape)
        size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
        share = 1 - np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.float32)
        # Only what is surely not the person: they would shine around themselves.
        share = share**4 + np.float32(_TINY**2)
        sigma = max(0.8, self._blur * _STRONGEST * _SMALL)
        soft = _blurred(small * share[:, :, None], sigma)
        weight = _blurred(share, sigma)[:, :, None]
        # Far inside the person there is nothing near: the wider surroundings fill it.
        wide, around = _blurred(small * share[:, :, None], _SMALL / 5), _blurred(share, _SMALL / 5)
        ground = (soft + _TINY * wide / (around[:, :, None] + 1e-6)) / (weight + _TINY)
        return _filling(np.round(ground.clip(0, 255)).astype(np.uint8), self._size)

    def joined(self, person: Frame, share: Floats, picture: Frame, alpha: Floats) -> Frame:
        """The person as they are shown, of whom each pixel has this share, before the ground.

        `picture` and `alpha`: of the clip's frame, see `behind`.
        """
        ground = self.behind(picture, alpha)
        return np.asarray(cv2.blendLinear(person, ground, share, 1 - share), np.uint8)


def _blurred(values: Floats, sigma: float) -> Floats:
    return np.asarray(
        cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32
    )


def _filling(picture: Frame, size: Size) -> Frame:
    """The picture's middle, as large as it fills the size."""
    height, width = picture.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    across, down = size[0] / scale, size[1] / scale
    left, top = round((width - across) / 2), round((height - down) / 2)
    part = picture[top : top + max(1, round(down)), left : left + max(1, round(across))]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, size, interpolation=how), np.uint8)
