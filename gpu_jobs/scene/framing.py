"""A film's picture in another size or shape: what is shown of a clip's frames, and where.

Pure. A clip of another shape is cut (`cover`) so that the face stays in view: the cut follows the
head slowly, by the clip's own frames, so that it is as steady as the clip when that plays to and
fro. Or all of it is shown (`contain`), on a ground that others draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dh_core.specs.talking_video import SHORT_SIDES
from gpu_jobs.media.pictures.rectangle import Rectangle

Floats = NDArray[np.float32]
Size = tuple[int, int]
"""Width, height."""
Fit = Literal["cover", "contain"]

LONGEST_SIDE: Final = 1920
_EYE_LINE: Final = 0.42
"""Where the middle of the face is, of a cut picture's height."""
_STILL_SECONDS: Final = 1.2
"""Standard deviation of the smoothing of the cut's path."""
_MARGIN: Final = 0.35
"""Around the face, of its width: while it moves within, the cut need not."""


def output_size(source: Size, resolution: str | None, aspect: str | None) -> Size:
    """Even width and height of the film, never beyond LONGEST_SIDE.

    Without `resolution` as large as a cut of `source` to that shape; `resolution` may enlarge.
    """
    width, cross, height = (resolution or "").partition("x")
    if cross:
        return int(width), int(height)
    shape = source[0] / source[1]
    if aspect is not None:
        across, down = aspect.split(":")
        shape = int(across) / int(down)
    whole = min(source[0], source[1] * shape), min(source[1], source[0] / shape)
    short = SHORT_SIDES[resolution] if resolution in SHORT_SIDES else min(whole)
    long = max(shape, 1 / shape) * short
    if long > LONGEST_SIDE:
        short, long = short * LONGEST_SIDE / long, LONGEST_SIDE
    wanted = (long, short) if shape >= 1 else (short, long)
    return round(wanted[0] / 2) * 2, round(wanted[1] / 2) * 2


@dataclass(frozen=True, slots=True)
class Framing:
    """A pixel (x, y) of the clip's frame t comes to (scale x + left[t], scale y + top[t])."""

    size: Size
    scale: float
    left: Floats
    top: Floats

    def applied(self, picture: NDArray[Any], index: int) -> NDArray[Any]:
        """A frame, or a mask, of the clip's frame `index` as it is shown; 0 where nothing is."""
        left, top = float(self.left[index]), float(self.top[index])
        height, width = picture.shape[:2]
        size = round(width * self.scale), round(height * self.scale)
        if size == self.size:
            if size == (width, height):
                return picture
            how = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_CUBIC
            return np.asarray(cv2.resize(picture, self.size, interpolation=how), picture.dtype)
        if self.scale < 1:
            # Shrunk first, or fine patterns would shimmer.
            small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            picture = np.asarray(small, picture.dtype)
        factor = self.scale if self.scale >= 1 else 1.0
        move = np.array([[factor, 0, left], [0, factor, top]], np.float32)
        how = cv2.INTER_LINEAR if factor == 1 else cv2.INTER_CUBIC
        moved = cv2.warpAffine(picture, move, self.size, flags=how)
        return np.asarray(moved, picture.dtype)

    def placed(self, box: Rectangle, index: int) -> Rectangle:
        """Where a box of the clip's frame is shown."""
        scaled = box.scaled(self.scale)
        return scaled.moved(float(self.left[index]), float(self.top[index]))


def frame(
    source: Size, size: Size, fit: Fit, faces: Floats, fps: float, starts: tuple[int, ...] = (0,)
) -> Framing:
    """How frames of `source` size are shown in `size`.

    `faces` (T, 4): x, y, width, height of the face in each of the clip's frames; `starts`: the
    first frames of its shots.
    """
    ratios = size[0] / source[0], size[1] / source[1]
    scale = max(ratios) if fit == "cover" else min(ratios)
    count = len(faces)
    shown = source[0] * scale, source[1] * scale
    middles = faces[:, 0] + faces[:, 2] / 2, faces[:, 1] + faces[:, 3] / 2
    places = []
    for axis, share in ((0, 0.5), (1, _EYE_LINE)):
        spare = shown[axis] - size[axis]
        if spare <= 0:
            places.append(np.full(count, -spare / 2, np.float32))
            continue
        room = size[axis] - (faces[:, 2 + axis].max() * (1 + 2 * _MARGIN)) * scale
        followed = _followed(
            np.asarray(middles[axis] * scale, np.float32), max(room / 2, 0), fps, starts
        )
        places.append(np.clip(share * size[axis] - followed, -spare, 0).astype(np.float32))
    return Framing(size, scale, places[0], places[1])


def _followed(path: Floats, room: float, fps: float, starts: tuple[int, ...]) -> Floats:
    """Where the cut looks: at rest in each shot if the face stays within `room`, else after it."""
    followed = np.empty_like(path)
    for first, stop in zip(starts, [*starts[1:], len(path)], strict=True):
        part = path[first:stop]
        middle = float(np.median(part))
        if np.abs(part - middle).max() <= room:
            followed[first:stop] = middle
        else:
            followed[first:stop] = gaussian_filter1d(part, _STILL_SECONDS * fps, mode="nearest")
    return followed
