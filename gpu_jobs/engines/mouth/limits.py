"""How far one person's mouth goes: shut, at rest, wide open, narrow and wide; how calm it is.

Units: the distance of the outer eye corners, in the canonical (frontal, level) pose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import FloatArray

Mask = NDArray[np.bool_]

CLOSED = -0.004
"""Opening that shows no gap: the lips overlap a little, so that no tooth shines through."""
SHUT = 0.014
"""Opening under which lips look shut."""
SILENT_REACH = 0.10
"""Widest opening given to a person who was never seen speaking."""
SHARES = np.linspace(0, 1, 21)
"""Of a speech's frames: at these the openings of ordinary speech are known."""
_SPOKEN_LEVELS = np.array(
    [
        *(0.0, 0.183, 0.22, 0.24, 0.252, 0.259, 0.266, 0.284, 0.317, 0.338, 0.371),
        *(0.398, 0.439, 0.494, 0.545, 0.596, 0.665, 0.773, 0.932, 0.99, 1.0),
    ]
)
"""Levels of the viseme curves that SHARES of the frames of Mandarin speech stay under."""
_ORDINARY_SECONDS = 5.0
"""Of ordinary speech, beside which the levels of a text are counted."""
_SHUT_IN_DRAWING = 0.09
"""Share of the frames planned open that are drawn shut: smoothed away, or their source is shut."""
_USUAL_OPENINGS = np.interp(
    SHARES,
    np.linspace(0, 1, 11),
    (0.0, 0.01, 0.10, 0.28, 0.36, 0.42, 0.48, 0.55, 0.65, 0.78, 1.0),
)
"""How open people hold the mouth in speech, over their widest: means of five who do."""
_SMILE_KEPT = 0.6
"""Of an opening at rest, in all sounds that do not shut the lips: one smiles on while speaking."""
SILENT_STRETCH = 0.06
"""Their widening and rounding, as a share of the mouth's width."""
SAME = 0.004
"""Openings that look the same."""
_LEAST_SPOKEN = 0.2  # of a clip's frames, from which on its sound says when it speaks
_MOST_SPEECH = 2.3
"""Widest opening in speech over the usual one of an open mouth; beyond it is a laugh or a yawn."""
_USUAL_RESTLESSNESS = 0.12
"""Of people who speak, over their widest opening."""
_LEAST_ROUNDING, _LEAST_SPREADING = 0.12, 0.05  # shares of the rest width that speech needs


@dataclass(frozen=True, slots=True)
class MouthRange:
    """How far this mouth goes in ordinary speech: opening from CLOSED to `widest_opening`.

    `openings` (21,): what SHARES of the frames of its speech stay under; some mumble, some don't.
    `restlessness`: mean absolute second difference of its opening. `rest_opening`: of lips that say
    nothing; CLOSED but for those who never shut them.
    """

    widest_opening: float
    openings: FloatArray
    restlessness: float
    rest_opening: float
    narrow: float
    rest: float
    wide: float

    @classmethod
    def of_speaker(
        cls, openings: FloatArray, widths: FloatArray, usable: Mask, spoken: Mask | None
    ) -> Self:
        """Of somebody who was seen speaking: `openings`, `widths` (T,) of a clip.

        Counted in its `usable` frames (T,), those that hold speech where `spoken` (T,) tells.
        """
        counted = (
            usable
            if spoken is None or (usable & spoken).mean() < _LEAST_SPOKEN
            else usable & spoken
        )
        narrow, rest, wide = (float(value) for value in np.percentile(widths[usable], [5, 50, 92]))
        shut, often = (float(value) for value in np.percentile(openings[usable], [5, 20]))
        parted = openings[counted][
            openings[counted] > min(SHUT, float(openings[counted].max()) / 2)
        ]
        widest = min(
            float(np.percentile(openings[usable], 97)), _MOST_SPEECH * float(np.median(parted))
        )
        levels = np.quantile(openings[counted], SHARES)
        return cls(
            widest_opening=widest,
            openings=_from_shut(np.clip(levels, CLOSED, widest)),
            restlessness=_restlessness(openings, counted),
            rest_opening=often if shut > SHUT else CLOSED,
            narrow=min(narrow, (1 - _LEAST_ROUNDING) * rest),
            rest=rest,
            wide=max(wide, (1 + _LEAST_SPREADING) * rest),
        )

    @classmethod
    def of_silent(cls, openings: FloatArray, widths: FloatArray) -> Self:
        """Of somebody who was never seen speaking: as most people do."""
        rest, own = float(np.median(widths)), float(np.median(openings))
        stretch, reach = SILENT_STRETCH * rest, max(SILENT_REACH, own)
        kept = _SMILE_KEPT * own if own > SHUT else CLOSED
        return cls(
            widest_opening=reach,
            openings=_from_shut(np.maximum(reach * _USUAL_OPENINGS, kept)),
            restlessness=_USUAL_RESTLESSNESS * reach,
            rest_opening=own if own > SAME else CLOSED,
            narrow=rest - 2.5 * stretch,
            rest=rest,
            wide=rest + stretch,
        )

    def opening_at(
        self, level: FloatArray, said: FloatArray | None = None, seconds: float = 0.0
    ) -> FloatArray:
        """Map 0 (shut) … 1 (wide open) of the viseme curves to canonical units.

        What half of all sounds stay under becomes what this mouth stays under half of the time.
        `said`: levels of the `seconds` in which a text sounds. The longer it is, the more they
        count beside those of ordinary speech: one full of p, b, m is said with no smaller mouth.
        """
        share = np.interp(level, _SPOKEN_LEVELS, SHARES)
        if said is not None and len(said):
            ordered = np.sort(said)
            ends = [np.searchsorted(ordered, level, side) for side in ("left", "right")]
            own = (ends[0] + ends[1]) / (2 * len(said))
            share += (own - share) * (seconds / (seconds + _ORDINARY_SECONDS))
        share = _SHUT_IN_DRAWING + (1 - _SHUT_IN_DRAWING) * share
        return np.asarray(np.interp(share, SHARES, self.openings), np.float32)

    def width_at(self, level: FloatArray) -> FloatArray:
        """Map 0 (rounded) … 0.5 (rest) … 1 (spread) to canonical units."""
        levels = np.array([0.0, 0.5, 1.0])
        mapped = np.interp(level, levels, [self.narrow, self.rest, self.wide])
        return np.asarray(mapped, np.float32)


def _from_shut(openings: NDArray[np.float64]) -> FloatArray:
    """Openings (21,) that begin where lips meet."""
    openings[0] = CLOSED
    return openings.astype(np.float32)


def _restlessness(openings: FloatArray, counted: Mask) -> float:
    """Mean absolute second difference where three frames on end are counted."""
    kept = counted[:-2] & counted[1:-1] & counted[2:]
    bends = np.abs(np.diff(openings, 2))
    return float(bends[kept].mean() if kept.any() else bends.mean())
