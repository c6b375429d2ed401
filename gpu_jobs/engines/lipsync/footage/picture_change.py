"""How much a clip changes from frame to frame, and where one shot is cut to another.

A cut is told from a movement by standing alone: whatever moves has moved a moment before or will a
moment later. Where the picture hardly changes, as when a pause was cut out of a talk, the face
leaps. Dissolves are movements.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import RIGID, FloatArray, eye_distance
from gpu_jobs.engines.lipsync.footage.patch_store import Frame

IntArray = NDArray[np.int64]

_SIZE = (64, 36)  # px: hands and shoulders are larger, noise is smaller
_NEAR = 3  # frames on either side; rates that were raised repeat two of three
_NOISE = 0.3  # grey levels of change that say nothing
_ALONE = 4.0  # times the change near it, of a cut; of movements in five clips at most 3
_LEAST_CHANGE = 3.0  # grey levels
_ALONE_WITH_LEAP, _LEAP = 2.5, 0.06  # the same of a face that leaps as well; eye distances
_WARY = 0.5  # share of a cut's figures that is worth a fresh look for the face


class PictureChange:
    """Mean absolute difference of the whole picture from the frame before, in grey levels."""

    def __init__(self) -> None:
        self._whole: Frame | None = None
        self._changes: list[float] = []

    def see(self, picture: Frame) -> bool:
        """Take in the next BGR frame (H, W, 3); whether it may be the first one of a shot."""
        whole = _reduced(picture)
        change = 0.0 if self._whole is None else float(cv2.absdiff(self._whole, whole).mean())
        usual = max(self._changes[-_NEAR:], default=0.0)
        self._whole = whole
        self._changes.append(change)
        return change > _WARY * _LEAST_CHANGE and change > _WARY * _ALONE * (usual + _NOISE)

    def changes(self) -> FloatArray:
        """(T,); the first is 0."""
        return np.array(self._changes, np.float32)


def shots(changes: FloatArray, meshes: FloatArray, found: NDArray[np.bool_]) -> IntArray:
    """The first frame of each shot, 0 included.

    `changes` (T,) of the picture; `meshes` (T, 468, 3), known in the frames that are `found` (T,).
    """
    leaps = _leaps(meshes, found)
    alone = changes / (_most_near(changes) + _NOISE)
    cut = (changes > _LEAST_CHANGE) & (alone > _ALONE)
    cut |= (alone > _ALONE_WITH_LEAP) & (leaps - _most_near(leaps) > _LEAP)
    cut[:1] = True
    return np.flatnonzero(cut)


def _leaps(meshes: FloatArray, found: NDArray[np.bool_]) -> FloatArray:
    """How far each face has moved since the frame before, in eye distances; 0 if unknown."""
    unit = float(np.median([eye_distance(mesh) for mesh in meshes[found]]))
    steps = np.diff(meshes[:, RIGID, :2], axis=0)
    far = np.sqrt((steps**2).sum(-1).mean(-1)) / unit
    far[~(found[1:] & found[:-1])] = 0
    return np.concatenate([[0], far]).astype(np.float32)


def _most_near(values: FloatArray) -> FloatArray:
    """The largest of the neighbours of each, itself left out; (T,)."""
    padded = np.pad(values, _NEAR)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 1)
    return np.asarray(np.delete(windows, _NEAR, axis=1).max(1), np.float32)


def _reduced(picture: Frame) -> Frame:
    coarse = max(1, min(picture.shape[:2]) // (4 * _SIZE[1]))
    grey = cv2.cvtColor(np.ascontiguousarray(picture[::coarse, ::coarse]), cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, _SIZE, interpolation=cv2.INTER_AREA), np.uint8)
