"""Frames in which the eyes are shutting, shut or opening."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import FloatArray, Starts, lid_gap, spans

HALF_SHUT = 0.75
"""Of how far this person's lids are usually apart; of five people, blinks reach 0.07 to 0.29."""
_MARGIN = 0.05  # s around it in which the lids move already


def blinking(
    meshes: FloatArray, usable: NDArray[np.bool_], fps: float, starts: Starts = (0,)
) -> NDArray[np.bool_]:
    """Which of the frames (T,) with meshes (T, 468, 3) show a blink; `starts`: of the shots.

    `usable` (T,): those that tell how far the lids are usually apart.
    """
    gap = lid_gap(meshes)
    shut = gap < HALF_SHUT * np.median(gap[usable])
    margin = math.ceil(_MARGIN * fps)
    around = np.ones(2 * margin + 1)
    grown = shut.copy()
    for shot in spans(starts, len(gap)):
        near = np.convolve(shut[shot], around)[margin:]
        grown[shot] = near[: len(shut[shot])] > 0.5
    return grown
