"""What in a clip will not look as a person would, whatever is done with it."""

from __future__ import annotations

from typing import Final

import numpy as np

from gpu_jobs.engines.faces.geometry import FloatArray, head_yaw, lip_gap
from gpu_jobs.engines.mouth.limits import SHUT

SMALL_FACE_PIXELS = 100
"""Of the face's height, under which a mouth is coarse."""
ASIDE = 20.0
"""Degrees of a head that is turned most of the time, from which the mouth looks drawn."""
SMALL_WARNING: Final = "small_face"
ASIDE_WARNING: Final = "side_face"
TEETH_WARNING: Final = "teeth_always_shown"
_SHUTTEST = 5  # percentile of a clip's gaps between the lips


def shortcomings(meshes: FloatArray) -> tuple[str, ...]:
    """Codes for the client, by the person's meshes (T, 468, 3) in pixels."""
    height = float(np.median(np.ptp(meshes[..., :2], axis=1).max(1)))
    turned = float(np.median([abs(head_yaw(points)) for points in meshes]))
    shut = float(np.percentile(lip_gap(meshes), _SHUTTEST))
    told = {
        SMALL_WARNING: height < SMALL_FACE_PIXELS,
        ASIDE_WARNING: turned > ASIDE,
        TEETH_WARNING: shut > SHUT,
    }
    return tuple(code for code, applies in told.items() if applies)
