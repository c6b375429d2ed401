"""Lay a generated face over its frame: only the lower face, softly, in the frame's own colours.

`get_image` in `musetalk/utils/blending.py` pastes through a mask of the lower half of the face,
cheeks left out, from a parsing network, blurred by 5 %. Ours is drawn from the face mesh, and its
feather lies wholly inside of the crop, so no edge of the square can show.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from gpu_jobs.engines.faces.geometry import JAW, LIPS, NOSE_BASE, NOSTRILS, FloatArray, eye_distance
from gpu_jobs.engines.lipsync.blending import FEATHER, Window, colour_difference, feathered
from gpu_jobs.engines.lipsync.musetalk.face_box import FaceBox, Frame
from gpu_jobs.media.pictures.colour import cut_planes, put_planes, to_bgr, to_yuv420

_JAW = (58, *JAW, 288)
_CHEEKS = (205, 425)
_JAW_ROOM = 0.10  # of the way from the mouth, beyond the jaw: a chin that drops needs it


def mask_outline(mesh: FloatArray, box: FaceBox, unit: float) -> FloatArray:
    """Convex outline (n, 2) of what may change: jaw, mouth, cheeks up to the nose's base.

    Kept to the half of the box that the network painted, and as far from its edges as the feather
    needs. `unit`: the eye distance in pixels.
    """
    centre = mesh[list(LIPS), :2].mean(0)
    jaw = mesh[list(_JAW), :2]
    middle = mesh[[*_CHEEKS, NOSE_BASE, *NOSTRILS], :2]
    points = np.concatenate([jaw + _JAW_ROOM * (jaw - centre), middle])
    inset = edge_room(unit)
    low = (box.left + inset, box.hidden_from + inset)
    high = (box.right - 1 - inset, box.bottom - 1 - inset)
    inside = np.clip(points, low, np.maximum(low, high))
    return np.asarray(cv2.convexHull(inside.astype(np.float32))[:, 0], np.float32)


def edge_room(unit: float) -> int:
    """Pixels around an outline in which its blurred mask may not be quite zero."""
    return math.ceil(0.5 * FEATHER * unit) + 2


def paste(planes: Frame, face: Frame, mesh: FloatArray, box: FaceBox, weight: float) -> Frame:
    """Blend a generated face (256, 256, 3), BGR, into its frame's planes (see `colour`), in place.

    `mesh` (468, ≥2) of this frame; `weight` 0…1 fades the whole change. Pixels outside of the mask
    keep their values, those far from it exactly. Returns `planes`.
    """
    unit = eye_distance(mesh)
    outline = mask_outline(mesh, box, unit)
    shape = (planes.shape[0] * 2 // 3, planes.shape[1])
    window = _inside(Window.around(outline, edge_room(unit), shape), box)
    around = window.even
    part = to_bgr(cut_planes(planes, *around.slices))
    top, left = window.top - around.top, window.left - around.left
    shown = part[top : top + window.shape[0], left : left + window.shape[1]]
    grown = cv2.resize(face, (box.width, box.height), interpolation=cv2.INTER_CUBIC)
    rows = slice(window.top - box.top, window.bottom - box.top)
    columns = slice(window.left - box.left, window.right - box.left)
    laid = grown[rows, columns].astype(np.float32)
    under = shown.astype(np.float32)
    mask = feathered(outline, window, unit)
    laid += colour_difference(under, laid, mask, unit)
    alpha = (weight * mask)[..., None]
    shown[:] = np.clip(under + alpha * (laid - under) + 0.5, 0, 255)
    put_planes(planes, *around.slices, to_yuv420(part))
    return planes


def _inside(window: Window, box: FaceBox) -> Window:
    return Window(
        max(window.left, box.left),
        max(window.top, box.top),
        min(window.right, box.right),
        min(window.bottom, box.bottom),
    )
