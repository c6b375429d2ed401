"""A figure drawn over its backdrop, box by box, at the cost of its edge only."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.portrait.mesh.picture.grid import Box

Frame = NDArray[np.uint8]

_NO_MAP: Any = None  # x and y stand in one map; the stubs ask for two
_TILE = 32  # px; smaller ones cost more calls than they save blending


class Canvas:
    """One buffer (H, W, 3) BGR that shows a moving figure; what never changes is drawn once.

    `figure`: BGRA with straight alpha over `backdrop` BGR, or BGR alone with None.
    """

    def __init__(self, figure: Frame, backdrop: Frame | None) -> None:
        self.source = figure.copy() if backdrop is None else premultiplied(figure)
        self.backdrop = backdrop
        self.picture = figure.copy() if backdrop is None else over(self.source, backdrop)

    @property
    def size(self) -> tuple[int, int]:
        """Width, height."""
        height, width = self.picture.shape[:2]
        return width, height


class MovingBox:
    """Draws the moved content of one box of a canvas; nothing in it moves further than `reach`."""

    def __init__(self, canvas: Canvas, box: Box, reach: float) -> None:
        self._canvas = canvas
        self._box = box
        self._solid: list[Box] = []
        self._mixed: list[Box] = []
        if canvas.backdrop is not None:
            self._solid, self._mixed = _covers(canvas.source[..., 3], box, int(np.ceil(reach)) + 2)

    def draw(self, picture: Frame, at: NDArray[np.float32]) -> None:
        """Put the canvas's source, read at `at` (h, w, 2), into the box of `picture` (H, W, 3)."""
        left, top, width, height = self._box
        source = self._canvas.source
        read = cv2.remap(source, at, _NO_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        moved = np.asarray(read, np.uint8)
        target = picture[top : top + height, left : left + width]
        backdrop = self._canvas.backdrop
        if backdrop is None:
            target[:] = moved
            return
        for x, y, w, h in self._solid:
            cell = np.s_[y : y + h, x : x + w]
            target[cell] = cv2.cvtColor(moved[cell], cv2.COLOR_BGRA2BGR)
        behind = backdrop[top : top + height, left : left + width]
        for x, y, w, h in self._mixed:
            cell = np.s_[y : y + h, x : x + w]
            target[cell] = over(moved[cell], behind[cell])


def premultiplied(figure: Frame) -> Frame:
    """BGRA whose colours are weighted with their alpha: it can be read between pixels."""
    alpha = cv2.extractChannel(figure, 3)
    colours = cv2.multiply(
        cv2.cvtColor(figure, cv2.COLOR_BGRA2BGR), cv2.merge([alpha] * 3), scale=1 / 255
    )
    return np.asarray(cv2.merge([*cv2.split(colours), alpha]), np.uint8)


def over(figure: Frame, backdrop: Frame) -> Frame:
    """A premultiplied BGRA picture over a BGR one of the same size."""
    clear = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(figure, 3)), cv2.COLOR_GRAY2BGR)
    behind = cv2.multiply(backdrop, clear, scale=1 / 255)
    return np.asarray(cv2.add(cv2.cvtColor(figure, cv2.COLOR_BGRA2BGR), behind), np.uint8)


def _covers(alpha: Frame, box: Box, reach: int) -> tuple[list[Box], list[Box]]:
    """Parts of a box that the figure always covers, and those that it may cover in part.

    What it never touches is in neither. Boxes are relative to `box`.
    """
    left, top, width, height = box
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    grown = np.s_[max(0, top - reach) : top + height + reach, max(0, left - reach) :]
    around = np.ascontiguousarray(alpha[grown][:, : width + 2 * reach])
    y, x = top - max(0, top - reach), left - max(0, left - reach)
    inside = np.s_[y : y + height, x : x + width]
    least, most = cv2.erode(around, kernel)[inside], cv2.dilate(around, kernel)[inside]
    solid: list[Box] = []
    mixed: list[Box] = []
    for row in range(0, height, _TILE):
        rows = slice(row, min(row + _TILE, height))
        kinds = [
            _kind(least[rows, column : column + _TILE], most[rows, column : column + _TILE])
            for column in range(0, width, _TILE)
        ]
        start = 0
        for stop in range(1, len(kinds) + 1):
            if stop < len(kinds) and kinds[stop] == kinds[start]:
                continue
            end = min(stop * _TILE, width)
            part = (start * _TILE, row, end - start * _TILE, rows.stop - row)
            if kinds[start] == "solid":
                solid.append(part)
            elif kinds[start] == "mixed":
                mixed.append(part)
            start = stop
    return solid, mixed


def _kind(least: NDArray[Any], most: NDArray[Any]) -> str:
    if least.min() == 255:
        return "solid"
    return "empty" if most.max() == 0 else "mixed"
