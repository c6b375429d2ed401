"""Frames in which something hides the mouth: a hand, a microphone, a mask, another person's face.

The mesh network does not notice; it draws lips onto whatever is there, and its score stays high.
But each of its points lies on the same spot of the face in every frame, lips and cheeks alike,
however the head turns and the mouth moves. So a clip's colours at the points are the person's own
appearance model: its median says how each spot looks, its spread how much speech and light
change it, and a spot far outside that spread shows something else. A beard or glasses belong to
the median. Colours are read on the skin around the lips only.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.appearance import Appearance
from gpu_jobs.engines.faces.geometry import LIPS, NOSE_RIDGE, FloatArray, canonicalise
from gpu_jobs.engines.faces.mesh import LIP_POINTS

_REACH = 0.38  # eye distances from the middle of the mouth
_LIGHTNESS = 0.5  # weight of a level of lightness beside one of colour: shadows are no objects
_SPREADS, _FLOOR = 3.0, 8.0  # deviation, in the clip's own spread and in levels, that is foreign
_HIDDEN, _PARTLY = 0.2, 0.08  # share of foreign points: surely, and beside a frame that surely is
_MARGIN = 0.12  # seconds around it in which the object's edge or its blur may show
_MOST = 0.5  # of the clip; beyond it there is no saying which of two appearances is the person


def hidden(looks: Appearance, meshes: FloatArray, fps: float) -> NDArray[np.bool_]:
    """Frames (T,) whose mouth is hidden, of those with a face: `looks` (T, 468, 3), their meshes.

    T need not be consecutive frames of the clip. A clip that is hidden for most of its length
    tells nothing, and nothing in it is called hidden.
    """
    mean = canonicalise(meshes).points.mean(0)[:, :2]
    middle = mean[list(LIPS)].mean(0)
    mouth = np.linalg.norm(mean - middle, axis=1) < _REACH
    mouth[list(LIP_POINTS)] = False  # pressed lips turn inward, and skin is seen in their place
    above = mean[:, 1] < mean[NOSE_RIDGE, 1]
    share = _foreign(looks, mouth, above)
    surely = share > _HIDDEN
    margin = math.ceil(_MARGIN * fps)
    spread = _grown(surely, np.asarray(share > _PARTLY), margin)
    return spread if spread.mean() <= _MOST else np.zeros(len(looks), bool)


def _foreign(
    looks: Appearance, mouth: NDArray[np.bool_], above: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Share (T,) of the mouth's points whose colour is not the person's.

    The eyes and brow (`above`) tell how the light of each frame differs; it is taken out first.
    """
    upper = looks[:, above].astype(np.float32)
    light = np.median(upper - np.median(upper, 0), 1, keepdims=True)
    colours = looks[:, mouth] - light
    away = np.abs(colours - np.median(colours, 0))
    deviation = _LIGHTNESS * away[..., 0] + np.hypot(away[..., 1], away[..., 2])
    usual = _SPREADS * np.median(deviation, 0) + _FLOOR
    return np.asarray((deviation > usual).mean(1), np.float64)


def _grown(surely: NDArray[np.bool_], partly: NDArray[np.bool_], margin: int) -> NDArray[np.bool_]:
    """Runs of `surely`, continued while `partly` holds, and `margin` frames on either side."""
    result = surely.copy()
    for order in (range(1, len(result)), range(len(result) - 2, -1, -1)):
        for index in order:
            result[index] |= partly[index] and result[index - order.step]
    kernel = np.ones(2 * margin + 1)
    return np.asarray(np.convolve(result, kernel)[margin : margin + len(result)] > 0)
