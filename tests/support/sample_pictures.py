"""NASA's portrait of Eileen Collins (public domain), which set-up takes for the demo."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.weights.store import WeightStore

WEIGHTS = Path(__file__).resolve().parents[2] / ".weights"


def astronaut() -> NDArray[np.uint8]:
    """The picture, BGR (512, 512, 3); her face is 108 px high."""
    path = WeightStore(WEIGHTS).path("astronaut.png")
    return np.asarray(cv2.imread(str(path)), np.uint8)
