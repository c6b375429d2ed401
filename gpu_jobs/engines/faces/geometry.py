"""Geometry of the 468-point face mesh: landmark sets, rigid alignment, one canonical head pose.

Indices are those of MediaPipe Face Mesh; "left" and "right" are the person's own. Axes are the
mesh's: x right, y down, z away from the camera, all in pixels of the frame.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Starts = Sequence[int] | NDArray[np.int64]
"""First frames of a clip's shots; 0 is the first of them."""

MESH_POINTS = 468

# Contours, in drawing order (MediaPipe: FACEMESH_LIPS, FACEMESH_FACE_OVAL).
LIPS_OUTER = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375),
    *(291, 409, 270, 269, 267, 0, 37, 39, 40, 185),
)
LIPS_INNER = (
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324),
    *(308, 415, 310, 311, 312, 13, 82, 81, 80, 191),
)
LIPS = LIPS_OUTER + LIPS_INNER
FACE_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288),
    *(397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136),
    *(172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)

# The four lip lines from the right mouth corner to the left one.
UPPER_LIP_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
UPPER_LIP_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_LIP_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
LOWER_LIP_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)

_GAP_ABOVE, _GAP_BELOW = [81, 82, 13, 312, 311], [178, 87, 14, 317, 402]

BROWS = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
FACE_SIDES = (234, 454)
CHIN = (152, 148, 377, 176, 400)
JAW = (172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397)

# Eyelids from the outer to the inner corner (MediaPipe: FACEMESH_LEFT_EYE, FACEMESH_RIGHT_EYE).
RIGHT_EYE_UPPER = (33, 246, 161, 160, 159, 158, 157, 173, 133)
RIGHT_EYE_LOWER = (33, 7, 163, 144, 145, 153, 154, 155, 133)
LEFT_EYE_UPPER = (263, 466, 388, 387, 386, 385, 384, 398, 362)
LEFT_EYE_LOWER = (263, 249, 390, 373, 374, 380, 381, 382, 362)

_UPPER_LIDS = [*RIGHT_EYE_UPPER[2:-2], *LEFT_EYE_UPPER[2:-2]]
_LOWER_LIDS = [*RIGHT_EYE_LOWER[2:-2], *LEFT_EYE_LOWER[2:-2]]

# Where the brows end above the eyes.
RIGHT_BROW_LOWER = (46, 53, 52, 65, 55)
LEFT_BROW_LOWER = (276, 283, 282, 295, 285)

RIGHT_EYE_OUTER, LEFT_EYE_OUTER = 33, 263
RIGHT_EYE_INNER, LEFT_EYE_INNER = 133, 362
MOUTH_RIGHT, MOUTH_LEFT = 61, 291
LIP_TOP_INNER, LIP_BOTTOM_INNER = 13, 14
LIP_TOP_OUTER, LIP_BOTTOM_OUTER = 0, 17
NOSE_BRIDGE, NOSE_RIDGE, NOSE_BASE = 168, 197, 2
NOSTRILS = (98, 327)

# Points that speech and expression leave (nearly) in place: eye corners and the nose.
RIGID = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 98, 327, 2)

_REFERENCE_ITERATIONS = 4


def eye_distance(points: FloatArray) -> float:
    """Distance between the outer eye corners in pixels, depth included; `points` is (468, ≥2)."""
    return float(np.linalg.norm(points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]))


def lip_gap(points: FloatArray) -> FloatArray:
    """Mean distance of five pairs of inner lip points in the picture, in eye distances there.

    (..., 468, ≥2) → (...). Lips that touch have less than 0.003, as seen by the attention mesh.
    """
    apart = points[..., _GAP_ABOVE, :2] - points[..., _GAP_BELOW, :2]
    across = points[..., LEFT_EYE_OUTER, :2] - points[..., RIGHT_EYE_OUTER, :2]
    unit = np.maximum(np.linalg.norm(across, axis=-1), 1e-6)
    return np.asarray(np.linalg.norm(apart, axis=-1).mean(-1) / unit, np.float32)


def lid_gap(points: FloatArray) -> FloatArray:
    """Mean distance of the lids of both eyes in the picture, in eye distances there.

    (..., 468, ≥2) → (...). About 0.07 to 0.11 in open eyes, under 0.03 in shut ones.
    """
    apart = points[..., _UPPER_LIDS, :2] - points[..., _LOWER_LIDS, :2]
    across = points[..., LEFT_EYE_OUTER, :2] - points[..., RIGHT_EYE_OUTER, :2]
    unit = np.maximum(np.linalg.norm(across, axis=-1), 1e-6)
    return np.asarray(np.linalg.norm(apart, axis=-1).mean(-1) / unit, np.float32)


def head_yaw(points: FloatArray) -> float:
    """Turn of the head in degrees from one mesh (468, 3): 0 is frontal, either side up to 90."""
    across = points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]
    return float(np.degrees(np.arctan2(across[2], np.hypot(across[0], across[1]))))


def head_angles(to_canonical: FloatArray) -> FloatArray:
    """Yaw and pitch in degrees of (T, 3, 4) frame → canonical transforms; (T, 2)."""
    forward = to_canonical[:, 2, :3]
    forward = forward / np.linalg.norm(forward, axis=1, keepdims=True)
    return np.asarray(np.degrees(np.arctan2(forward[:, :2], forward[:, 2:])), np.float32)


def spans(starts: Starts, count: int) -> list[slice]:
    """The shots of a clip of `count` frames, by their first ones."""
    return [slice(first, stop) for first, stop in itertools.pairwise([*starts, count])]


def smooth_in_time(
    values: FloatArray, kernel: tuple[float, ...] = (0.25, 0.5, 0.25), starts: Starts = (0,)
) -> FloatArray:
    """Convolve the first axis with an odd kernel that sums to 1; the ends repeat.

    `starts`: first frames of shots, the ends of which are ends too.
    """
    half = len(kernel) // 2
    pad = ((half, half),) + ((0, 0),) * (values.ndim - 1)
    result = np.zeros_like(values)
    for shot in spans(starts, len(values)):
        padded, within = np.pad(values[shot], pad, mode="edge"), result[shot]
        for offset, weight in enumerate(kernel):
            within += np.float32(weight) * padded[offset : offset + len(within)]
    return result


def umeyama(source: FloatArray, target: FloatArray) -> FloatArray:
    """Least-squares similarities that take each point set to `target`.

    `source` (..., N, D), `target` (N, D). Returns (..., D, D+1): scaled rotation | translation,
    without reflections. Method: Umeyama 1991, IEEE PAMI 13(4).
    """
    from_mean = source.mean(-2, keepdims=True)
    to_mean = target.mean(-2, keepdims=True)
    a, b = source - from_mean, target - to_mean
    u, spread, vt = np.linalg.svd(np.swapaxes(b, -1, -2) @ a)
    signs = np.ones_like(spread)
    signs[..., -1] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * signs[..., None, :]) @ vt
    scale = (spread * signs).sum(-1) / (a**2).sum((-2, -1))
    scaled = scale[..., None, None] * rotation
    shift = np.swapaxes(to_mean, -1, -2) - scaled @ np.swapaxes(from_mean, -1, -2)
    return np.concatenate([scaled, shift], -1).astype(np.float32)


def transform(points: FloatArray, matrix: FloatArray) -> FloatArray:
    """Apply (..., D, D+1) transforms to (..., N, D) points."""
    moved: FloatArray = points @ np.swapaxes(matrix[..., :-1], -1, -2) + matrix[..., None, :, -1]
    return moved


def inverse(matrix: FloatArray) -> FloatArray:
    """Inverses of (..., D, D+1) transforms."""
    linear = np.linalg.inv(matrix[..., :-1])
    shift = -(linear @ matrix[..., -1:])
    return np.concatenate([linear, shift], -1).astype(np.float32)


def level_and_face_camera(rigid: FloatArray) -> FloatArray:
    """Turn the RIGID points (13, 3) frontal and level; the origin is their mean.

    Unit: the distance of the outer eye corners. The eye line becomes x; y runs from the root of
    the nose to its base, which stand upright, while the ridge between them leans by some 35
    degrees, and jaws that open along y alone would then move toward the camera.
    """
    centred = rigid - rigid.mean(0)
    right, left = RIGID.index(RIGHT_EYE_OUTER), RIGID.index(LEFT_EYE_OUTER)
    across = centred[left] - centred[right]
    unit = np.linalg.norm(across)
    x = across / unit
    bridge = centred[RIGID.index(NOSE_BASE)] - centred[RIGID.index(NOSE_BRIDGE)]
    y = bridge - x * (bridge @ x)
    y /= np.linalg.norm(y)
    axes = np.stack([x, y, np.cross(x, y)])
    return np.asarray(centred / unit @ axes.T, np.float32)


@dataclass(frozen=True, slots=True)
class CanonicalPose:
    """One head pose and scale for all frames of a clip.

    `points` (T, 468, 3): the meshes frontal and level, unit = outer eye distance, unsmoothed.
    `to_canonical` (T, 3, 4): frame → canonical similarity, smoothed over time.
    """

    points: FloatArray
    to_canonical: FloatArray


def canonicalise(meshes: FloatArray, starts: Starts = (0,)) -> CanonicalPose:
    """Align meshes (T, 468, 3) of one person rigidly in 3-D, so that only expression is left.

    The alignment uses points smoothed over time, within the shots that begin at `starts`: landmark
    noise must not shake the head.
    """
    rigid = smooth_in_time(meshes[:, RIGID], (0.1, 0.2, 0.4, 0.2, 0.1), starts)
    reference = rigid[len(rigid) // 2]
    for _ in range(_REFERENCE_ITERATIONS):
        reference = transform(rigid, umeyama(rigid, reference)).mean(0)
    reference = level_and_face_camera(reference)
    to_canonical = umeyama(rigid, reference)
    return CanonicalPose(points=transform(meshes, to_canonical), to_canonical=to_canonical)
