"""The peak of a sound as a player reconstructs it, for the tests of what is mastered."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly


def true_peak(samples: NDArray[np.float32]) -> float:
    """Largest absolute value between and at the samples (4x oversampled), linear."""
    return float(np.max(np.abs(resample_poly(samples, 4, 1)), initial=0.0))
