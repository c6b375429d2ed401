"""How loud background music is while somebody speaks over it. Pure.

The music steps back before a phrase begins, stays back through the pauses within speech, and
returns in longer ones: it neither pumps between words nor covers the first syllable.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, binary_dilation, gaussian_filter1d

STEPS_PER_SECOND: Final = 100
"""Rate of the curves here, Hz."""

MUSIC_UNDER_SPEECH_DB: Final = -20.0
"""Music relative to the speech while it sounds, as WCAG 2 asks (success criterion 1.4.7)."""
MUSIC_ALONE_DB: Final = -9.0
"""... and in the pauses."""

_SHORTEST_PAUSE_SECONDS: Final = 1.2
_LEAD_SECONDS: Final = 0.25
_RAMP_SECONDS: Final = 0.15
"""Standard deviation of the smoothing in decibels; a step takes about four of them."""
_FADE_IN_SECONDS: Final = 1.0
_FADE_OUT_SECONDS: Final = 2.5


def music_gain(speaking: NDArray[np.bool_], loudness_difference: float) -> NDArray[np.float32]:
    """Linear gain for the music at each step, shape (T,), faded in and out.

    `speaking`: whether somebody speaks, shape (T,), STEPS_PER_SECOND; `loudness_difference`: LU
    that the music is louder than the speech.
    """
    if not len(speaking):
        return np.zeros(0, np.float32)
    lead = round(_LEAD_SECONDS * STEPS_PER_SECOND)
    around = binary_dilation(speaking, np.ones(2 * lead + 1))
    reach = round(_SHORTEST_PAUSE_SECONDS * STEPS_PER_SECOND)
    padded = np.pad(around, reach)
    held = binary_closing(padded, np.ones(reach))[reach : len(padded) - reach]
    wanted = np.where(held, MUSIC_UNDER_SPEECH_DB, MUSIC_ALONE_DB)
    smooth = gaussian_filter1d(wanted, _RAMP_SECONDS * STEPS_PER_SECOND, mode="nearest")
    gain = 10 ** ((smooth - loudness_difference) / 20)
    return np.asarray(gain * _fades(len(speaking)), np.float32)


def _fades(steps: int) -> NDArray[np.float64]:
    """Raised cosines at both ends; in a short piece they share its length."""
    scale = min(1.0, steps / ((_FADE_IN_SECONDS + _FADE_OUT_SECONDS) * STEPS_PER_SECOND))
    at = np.arange(steps) + 0.5
    start = at / max(1.0, _FADE_IN_SECONDS * STEPS_PER_SECOND * scale)
    end = (steps - at) / max(1.0, _FADE_OUT_SECONDS * STEPS_PER_SECOND * scale)
    return np.asarray(
        np.sin(np.pi / 2 * np.clip(start, 0, 1)) ** 2 * np.sin(np.pi / 2 * np.clip(end, 0, 1)) ** 2,
        np.float64,
    )
