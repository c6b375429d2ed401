"""How the head, the brows and the breathing body move: fixed fields that a pose weighs.

Lengths in eye distances (face_frame).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import FACE_SIDES
from gpu_jobs.engines.portrait.mesh.fields.face_frame import Floats, smooth
from gpu_jobs.engines.portrait.mesh.fields.pose import Pose

HEAD_REACH = (1.9, 2.35, 1.9, 1.55)
"""Left, up, right, down from the mouth: what the head moves."""
BREATH_BEGINS, BREATH_FULL, BREATH_FADES, BREATH_ENDS = 0.62, 1.5, 2.4, 4.6
"""Down from the mouth: chin, shoulders, chest, waist."""
_BREATH = 0.020  # by which the shoulders rise
_BROWS = 0.030  # by which the brows rise
_FACE_MIDDLE = -0.45  # y
_DEPTH_BLUR = 0.12  # over which the mesh's depth is evened out


def weights(pose: Pose) -> NDArray[np.float64]:
    """How much of each field of `displacements` a pose holds, (7,)."""
    turned = (pose.x, pose.y, pose.roll, pose.yaw, pose.pitch)
    return np.array([*turned, pose.brows, pose.breath])


def nearness(local: Floats, mesh: Floats) -> Floats:
    """How far the head at points (…, 2) lies before its sides, (…), by a mesh (468, 3).

    Both in face coordinates. The mesh ends at the hairline; beyond it goes on as it ends.
    Method: Nadaraya-Watson regression of the mesh's depth.
    """
    axis = float(mesh[list(FACE_SIDES), 2].mean())
    flat = local.reshape(-1, 2)
    apart = ((flat[:, None] - mesh[None, :, :2]) ** 2).sum(-1)
    apart -= apart.min(1, keepdims=True)
    weights = np.exp(-apart / (2 * _DEPTH_BLUR**2))
    near = axis - (weights @ mesh[:, 2]) / weights.sum(1)
    return np.asarray(near.reshape(local.shape[:-1]), np.float32)


def displacements(
    local: Floats, border: Floats, brow_line: float, breathes: bool, near: Floats
) -> Floats:
    """Fields (7, …, 2) at points (…, 2): shift right, down, roll, yaw, pitch, brows, breath.

    What is `near` (…) goes further as the head turns. The head's fields are whole over the face and
    end inside HEAD_REACH. `border` (…): 0 at the canvas's edge, where nothing moves, 1 within.
    `brow_line`: y of the brows. `breathes`: whether the body stands free of its background, which
    would breathe with it.
    """
    x, y = local[..., 0], local[..., 1] - _FACE_MIDDLE
    radius = np.hypot(x / 1.5, np.where(y > 0, y / 1.35, y / 1.7))
    mask = (1 - smooth((radius - 0.45) / 0.75)) * border
    pivot = y - 0.9  # the neck
    zero = np.zeros_like(x)
    return np.stack(
        [
            np.stack([mask, zero], -1),
            np.stack([zero, mask], -1),
            np.stack([-pivot * mask, x * mask], -1),
            np.stack([near * mask, zero], -1),
            np.stack([zero, near * mask], -1),
            np.stack([zero, -_BROWS * border * _brows(local, brow_line)], -1),
            np.stack([zero, -_BREATH * border * breathing(local) * breathes], -1),
        ]
    ).astype(np.float32)


def breathing(local: Floats) -> Floats:
    """How much of the breath shows at points (…, 2): 1 at the shoulders, 0 at chin and waist."""
    y = local[..., 1]
    rising = smooth((y - BREATH_BEGINS) / (BREATH_FULL - BREATH_BEGINS))
    return rising * (1 - smooth((y - BREATH_FADES) / (BREATH_ENDS - BREATH_FADES)))


def _brows(local: Floats, line: float) -> Floats:
    """1 along the brows, fading over the forehead, nearly nothing at the lids."""
    y = local[..., 1] - line
    fade = np.where(y > 0, 1 - smooth(y / 0.16), 1 - smooth(-y / 0.55))
    return np.asarray(fade * (1 - smooth((np.abs(local[..., 0]) - 0.5) / 0.35)), np.float32)
