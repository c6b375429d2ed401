"""Bend jaw and cheeks of a frame smoothly: a thin-plate spline through a few face points.

Triangles of the fine mesh fold along the jaw line of a turned or raised head, and their edges
show on a chin that moves; a spline through sparse points has neither.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import JAW, LIPS, NOSE_BASE, NOSTRILS, FloatArray
from gpu_jobs.engines.lipsync.blending import Window
from gpu_jobs.engines.lipsync.retrieval.drawing.warp import Frame

Float64 = NDArray[np.float64]

_MOUTH = (61, 40, 0, 270, 291, 321, 17, 91)
CHIN_POINTS = (152, 148, 377, 150, 379, 136, 365, 172, 397, 199, 200)
CHEEKS = (205, 425, 207, 427, 212, 432, 214, 434, 58, 288)
STILL = (NOSE_BASE, *NOSTRILS, 1, 4, 195, 48, 278, 119, 348, 50, 280, 117, 346, 132, 361, 93, 323)
CONTROLS = _MOUTH + CHIN_POINTS + CHEEKS + STILL

_NECK_REACH = 0.9  # how far below the jaw the skin gives way, in jaw-to-mouth distances
MARGIN = 0.25  # of the eye distance around the controls, over which movement dies away
_GRID = 14  # nodes per eye distance
_SMOOTHNESS = 1e-3  # of the spline, against landmark noise


def bend(frame: Frame, mesh: FloatArray, bent: FloatArray, unit: float) -> None:
    """Move the face points of `frame` from `mesh` (468, ≥2) to `bent` (468, 2), in place.

    `unit`: the eye distance in pixels, the scale of everything here.
    """
    still = neck(mesh)
    own = np.concatenate([mesh[list(CONTROLS), :2], still])
    wanted = np.concatenate([bent[list(CONTROLS)], still])
    window = reach(mesh, unit, frame.shape)
    displace(frame, window, displacement(wanted, own, window, unit))


def reach(mesh: FloatArray, unit: float, shape: tuple[int, ...]) -> Window:
    """What moves with a mouth in a picture of this shape, whatever the mouth does.

    The outermost points are of those that stay where they are.
    """
    points = np.concatenate([mesh[list(CONTROLS), :2], neck(mesh)])
    return Window.around(points, MARGIN * unit, shape)


def neck(mesh: FloatArray) -> FloatArray:
    """Points (13, 2) under the jaw of a mesh (468, ≥2) that stay where they are."""
    jaw = mesh[list(JAW), :2]
    return np.asarray(jaw + _NECK_REACH * (jaw - mesh[list(LIPS), :2].mean(0)), np.float32)


def displace(frame: Frame, window: Window, moves: FloatArray) -> None:
    """Fill the window, in place, with what lies as far away as `moves` (2, H, W), x and y, say.

    Uses them up.
    """
    x, y = moves
    x += np.arange(window.left, window.right, dtype=np.float32)
    y += np.arange(window.top, window.bottom, dtype=np.float32)[:, None]
    border = cv2.BORDER_REPLICATE
    frame[window.slices] = cv2.remap(frame, x, y, cv2.INTER_CUBIC, borderMode=border)


def displacement(
    wanted: FloatArray, own: FloatArray, window: Window, unit: float, nodes: int = _GRID
) -> FloatArray:
    """Where each pixel of the window comes from, relative to itself; x and y, (2, H, W).

    Takes the points `own` (C, 2) to `wanted`; computed on `nodes` per eye distance.
    Method: Bookstein 1989, Principal warps, IEEE PAMI 11(6), with a ridge on the diagonal.
    """
    origin = np.array([window.left, window.top])
    controls = np.asarray((wanted - origin) / unit, np.float64)
    height, width = window.bottom - window.top, window.right - window.left
    columns = max(4, round(width / unit * nodes))
    rows = max(4, round(height / unit * nodes))
    x = (np.arange(columns) + 0.5) * width / columns / unit
    y = (np.arange(rows) + 0.5) * height / rows / unit
    at = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    moved = _spline(controls, np.asarray(own - wanted, np.float64), at).reshape(2, rows, columns)
    faded = moved * np.outer(_taper(y, height / unit), _taper(x, width / unit)).astype(np.float32)
    grown = np.empty((2, height, width), np.float32)
    for small, large in zip(faded, grown, strict=True):
        cv2.resize(small, (width, height), dst=large, interpolation=cv2.INTER_CUBIC)
    return grown


def _spline(controls: Float64, values: Float64, nodes: Float64) -> FloatArray:
    """Values (2, N) at `nodes` (N, 2) of the spline through `values` (C, 2) at `controls`."""
    count = len(controls)
    affine = np.column_stack([np.ones(count), controls])
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(controls, controls) + _SMOOTHNESS * np.eye(count)
    system[:count, count:], system[count:, :count] = affine, affine.T
    right = np.concatenate([values, np.zeros((3, 2))])
    weights = np.linalg.solve(system, right).T.astype(np.float32)
    # Solved in doubles, read in floats: a thousandth of a pixel, for a quarter of the time.
    bent = weights[:, :count] @ _kernel(controls.astype(np.float32), nodes.astype(np.float32))
    level: FloatArray = weights[:, count:] @ np.vstack([np.ones(len(nodes)), nodes.T])
    return np.asarray(bent + level, np.float32)


def _kernel(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    # Axis by axis: summing over a last axis of two costs seven times as much.
    squares = (a[:, None, 0] - b[None, :, 0]) ** 2 + (a[:, None, 1] - b[None, :, 1]) ** 2
    kernel: NDArray[Any] = squares * np.log(squares + squares.dtype.type(1e-9))
    kernel *= 0.5
    return kernel


def _taper(position: Float64, length: float) -> Float64:
    """0 at both ends of an axis, 1 a margin inside, with soft turns."""
    ramp = np.clip(np.minimum(position, length - position) / MARGIN, 0, 1)
    soft: Float64 = ramp * ramp * (3 - 2 * ramp)
    return soft
