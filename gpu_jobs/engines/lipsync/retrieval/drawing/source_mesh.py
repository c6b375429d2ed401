"""Where to read a source mouth: its mesh, freed of what would tear teeth and lips when bent.

A mesh network places single lip points a pixel or two beside the lip, differently in every frame.
Bending one frame's points exactly onto another's then stretches the picture between neighbours:
notches in the lip, teeth of uneven length.
"""

from __future__ import annotations

import numpy as np

from gpu_jobs.engines.faces.geometry import (
    LIP_BOTTOM_INNER,
    LIP_TOP_INNER,
    LIPS,
    LOWER_LIP_INNER,
    LOWER_LIP_OUTER,
    UPPER_LIP_INNER,
    UPPER_LIP_OUTER,
    FloatArray,
    eye_distance,
    transform,
    umeyama,
)
from gpu_jobs.engines.lipsync.retrieval.drawing.warp import with_inside

_PARTED = 0.018  # eye distances between lips that show what is inside
_TOUCHING = 0.006  # eye distances between lips that the mesh may report although they touch
_EDGE = 0.008  # eye distances by which the mesh may mistake teeth for lips
_LEAST = 0.01  # eye distances between lips; less has no inside
_DEGREE = 2  # of the polynomial along a lip line: shift, slant, bow
_POWERS = np.vander(np.linspace(-1, 1, len(UPPER_LIP_INNER)), _DEGREE + 1)
_SMOOTH = _POWERS @ np.linalg.pinv(_POWERS)  # the nearest polynomial's values at the points
_LINES = (UPPER_LIP_OUTER, UPPER_LIP_INNER, LOWER_LIP_INNER, LOWER_LIP_OUTER)


def reading_points(mesh: FloatArray, bent: FloatArray, unit: float) -> FloatArray:
    """Points of `with_inside` of a source picture, mesh (468, 3), to be drawn at `bent` (468, 2).

    Lips that are to part get a smooth bend, lips that are to meet are cut inside their flesh.
    `unit`: the eye distance in pixels of the frame that `bent` belongs to.
    """
    gap = float(np.linalg.norm(bent[LIP_BOTTOM_INNER] - bent[LIP_TOP_INNER])) / unit
    closing = float(np.clip(1 - gap / _PARTED, 0, 1))
    cut = _cut_inside(mesh, closing, gap)[:, :2]
    read = cut + (1 - closing) * (_smoothly_bent(cut, bent) - cut)
    zoom = _heights(bent) / unit / np.maximum(_heights(read) / eye_distance(mesh), _LEAST)
    return with_inside(read, zoom)


def _heights(points: FloatArray) -> FloatArray:
    """Distances (9,) between the inner lip lines of a mesh (468, 2)."""
    upper, lower = list(UPPER_LIP_INNER[1:-1]), list(LOWER_LIP_INNER[1:-1])
    return np.asarray(np.linalg.norm(points[lower] - points[upper], axis=1), np.float32)


def _smoothly_bent(own: FloatArray, bent: FloatArray) -> FloatArray:
    """`own` points moved so that along each lip line the bend to `bent` has no kinks."""
    chosen = list(LIPS)
    there = umeyama(own[chosen], bent[chosen])
    apart = bent - transform(own, there)
    kinks = np.zeros_like(own)
    for line in _LINES:
        inner = list(line[1:-1])
        kinks[inner] = (apart[list(line)] - _SMOOTH @ apart[list(line)])[1:-1]
    # A point that is drawn too high for its neighbours is read as much higher.
    return np.asarray(own + kinks @ np.linalg.inv(there[:, :2]).T, np.float32)


def _cut_inside(mesh: FloatArray, closing: float, gap: float) -> FloatArray:
    """A mesh whose inner lip lines lie a little inside the lips' flesh.

    The mesh draws the inner edge of parted lips loosely; where they are to close (`closing` up to
    1), what it takes for flesh would be a row of teeth. Lips that are to stay as far apart as they
    are, `gap` eye distances, are left alone.
    """
    unit = eye_distance(mesh)
    upper, lower = list(UPPER_LIP_INNER[1:-1]), list(LOWER_LIP_INNER[1:-1])
    across = mesh[lower] - mesh[upper]
    parted = np.linalg.norm(across, axis=1, keepdims=True)
    step = _EDGE * unit * closing * np.clip(parted / (_TOUCHING * unit) - 0.5, 0, 1)
    step *= np.clip(1 - gap / max(float(parted.max()) / unit, _LEAST), 0, 1)
    moved = mesh.copy()
    moved[upper] -= step * across / np.maximum(parted, 1e-6)
    moved[lower] += step * across / np.maximum(parted, 1e-6)
    return moved
