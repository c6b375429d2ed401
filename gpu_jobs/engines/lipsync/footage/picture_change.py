"""How much a clip changes from frame to frame where the landmarks do not tell."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import LEFT_EYE_UPPER, RIGHT_EYE_UPPER, FloatArray
from gpu_jobs.engines.faces.mesh import Face
from gpu_jobs.engines.lipsync.footage.patch_store import Frame

_SIZE = (64, 36)  # px: hands and shoulders are larger, noise is smaller
_EYE = (32, 16)  # px
_CORNERS = (4.0, 28.0, 9.0)  # where an eye's corners lie in its picture: x, x, y
_INNER, _OUTER = -1, 0  # of an upper lid


class PictureChange:
    """Mean absolute difference from the frame before, in grey levels.

    Of the whole picture, for hands and shoulders; and of the eyes, held in place by the mesh, for
    the mesh hardly sees a blink.
    """

    def __init__(self) -> None:
        self._whole: Frame | None = None
        self._eyes: Frame | None = None
        self._changes: list[tuple[float, float]] = []

    def see(self, picture: Frame, face: Face | None) -> None:
        """Take in the next BGR frame (H, W, 3) and its face."""
        whole, eyes = _reduced(picture), None if face is None else _eyes(picture, face.points)
        self._changes.append((_difference(self._whole, whole), _difference(self._eyes, eyes)))
        self._whole, self._eyes = whole, eyes

    def changes(self) -> FloatArray:
        """(T, 2): whole picture, eyes. The first is 0, as are those of eyes not seen."""
        return np.array(self._changes, np.float32).reshape(-1, 2)


def _difference(before: Frame | None, now: Frame | None) -> float:
    if before is None or now is None:
        return 0.0
    return float(cv2.absdiff(before, now).mean())


def _reduced(picture: Frame) -> Frame:
    coarse = max(1, min(picture.shape[:2]) // (4 * _SIZE[1]))
    grey = cv2.cvtColor(np.ascontiguousarray(picture[::coarse, ::coarse]), cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, _SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def _eyes(picture: Frame, points: FloatArray) -> Frame:
    """Both eyes, one below the other, (32, 32)."""
    strips = [
        _strip(picture, points[lid[_OUTER], :2], points[lid[_INNER], :2])
        for lid in (RIGHT_EYE_UPPER, LEFT_EYE_UPPER)
    ]
    return np.concatenate(strips)


def _strip(picture: Frame, outer: NDArray[np.float32], inner: NDArray[np.float32]) -> Frame:
    """One eye, upright and of one size; grey."""
    left, right = sorted((outer, inner), key=lambda corner: float(corner[0]))
    across = right - left
    first, last, height = _CORNERS
    turn = np.array([[across[0], across[1]], [-across[1], across[0]]], np.float64)
    turn *= (last - first) / max(float(across @ across), 1e-6)
    shift = (first, height) - turn @ left
    warped = cv2.warpAffine(picture, np.column_stack([turn, shift]), _EYE)
    return np.asarray(cv2.cvtColor(warped, cv2.COLOR_BGR2GRAY), np.uint8)
