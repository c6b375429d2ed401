"""Whether a film that was joined from parts shows or sounds any seam: beside one that was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.media.ffmpeg import read_audio

Curve = NDArray[np.float64]

_AAC_FRAME = 1024


@dataclass(frozen=True, slots=True)
class Film:
    """What is measured of one file; per frame, against another film of the same frames.

    `seconds`: how long the picture is. `changes` (N-1,): mean absolute difference of neighbours,
    in levels. `likeness` (N,): PSNR to the other film, dB. `even`: all frames last equally long.
    """

    frames: int
    seconds: Fraction
    even: bool
    changes: Curve
    other_changes: Curve
    likeness: Curve


def compare(film: Path, other: Path) -> Film:
    """Decode both side by side. Raises ValueError where one has more frames."""
    changes: list[tuple[float, float]] = []
    likeness: list[float] = []
    times: list[int] = []
    before: tuple[NDArray[np.int16], NDArray[np.int16]] | None = None
    with av.open(str(film)) as one, av.open(str(other)) as two:
        stream = one.streams.video[0]
        assert stream.duration is not None and stream.time_base is not None
        seconds = stream.duration * stream.time_base
        for frame, reference in zip(one.decode(video=0), two.decode(video=0), strict=True):
            now = _luma(frame), _luma(reference)
            error = float(np.mean(np.square(now[0] - now[1], dtype=np.float32)))
            likeness.append(10 * np.log10(255**2 / max(error, 1e-3)))
            if before is not None:
                changes.append(
                    (
                        float(np.abs(now[0] - before[0]).mean()),
                        float(np.abs(now[1] - before[1]).mean()),
                    )
                )
            before = now
            times.append(int(frame.pts or 0))
    both = np.array(changes)
    return Film(
        frames=len(likeness),
        seconds=Fraction(seconds),
        even=len(set(np.diff(times).tolist())) == 1,
        changes=both[:, 0],
        other_changes=both[:, 1],
        likeness=np.array(likeness),
    )


def rank(values: Curve, places: Sequence[int]) -> list[float]:
    """Which share of all values is smaller than that at each place: 1 is the largest of all."""
    return [float(np.mean(values < values[place])) for place in places]


@dataclass(frozen=True, slots=True)
class Sound:
    """`same`: sample for sample, up to the last two frames of the codec.

    `jump_at_joins`: largest step within 20 ms of one; `jump`: anywhere.
    """

    same: bool
    samples: int
    other_samples: int
    jump_at_joins: float
    jump: float


def compare_sound(film: Path, other: Path, joins: Sequence[float], rate: int = 24_000) -> Sound:
    """Decode both at `rate`; `joins` in seconds."""
    own, reference = read_audio(film, rate), read_audio(other, rate)
    steps = np.abs(np.diff(own))
    near = np.zeros(len(steps), bool)
    for join in joins:
        near[max(0, round((join - 0.02) * rate)) : round((join + 0.02) * rate)] = True
    until = min(len(own), len(reference)) - 2 * _AAC_FRAME
    return Sound(
        same=np.array_equal(own[:until], reference[:until]),
        samples=len(own),
        other_samples=len(reference),
        jump_at_joins=float(steps[near].max(initial=0.0)),
        jump=float(steps.max(initial=0.0)),
    )


def _luma(frame: av.VideoFrame) -> NDArray[np.int16]:
    return frame.to_ndarray(format="gray").astype(np.int16)
