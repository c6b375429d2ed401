"""Where a long speech is cut: in its pauses, in whole frames, into about equal parts. Pure.

A plan covers the whole speech, so a cut changes no frame. In a pause the mouth rests, and a
picture that is encoded afresh shows least there.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.timeline import Speech

SHORTEST: Final = 3.0
"""Seconds of a segment: its first picture is coded whole, and its claim costs some requests."""
PER_THRESHOLD: Final = 4
"""Segments in a speech that is just long enough to be shared out.

Whoever finishes early takes the next one, so that nobody waits for longer than one takes.
"""
_PAUSE_SECONDS: Final = 0.3
"""Loudness is averaged over this: the quietest place is the middle of a real pause."""
_REACH: Final = 0.3
"""Of a segment's length: how far a cut may go to find a pause."""


def segment_seconds(fanout_seconds: float) -> float:
    """The length to aim at where speech from `fanout_seconds` on is shared out."""
    return max(SHORTEST, fanout_seconds / PER_THRESHOLD)


def cut(speech: Speech, frames: int, fps: Fraction, seconds: float) -> list[range]:
    """The `frames` of a speech as consecutive ranges of about `seconds`, none under SHORTEST.

    One range where there is not enough for two. Each inner cut lies in the quietest place near
    where equal parts would meet.
    """
    shortest = int(np.ceil(SHORTEST * fps))
    count = max(1, min(round(frames / (seconds * float(fps))), frames // shortest))
    loud = loudness(speech, frames, fps)
    reach = int(_REACH * frames / count)
    edges = [0]
    for number in range(1, count):
        ideal = round(frames * number / count)
        low = max(edges[-1] + shortest, ideal - reach)
        # What is left must hold the remaining segments.
        high = min(frames - shortest * (count - number), ideal + reach)
        places = np.arange(low, high + 1)
        # Among equally quiet places the nearest to equal parts.
        best = np.lexsort((np.abs(places - ideal), loud[places]))[0]
        edges.append(int(places[best]))
    edges.append(frames)
    return [range(first, stop) for first, stop in itertools.pairwise(edges)]


def loudness(speech: Speech, frames: int, fps: Fraction) -> NDArray[np.float32]:
    """How loud it is around the start of each frame: mean power over a pause's length; (N,)."""
    rate = speech.sample_rate
    half = round(_PAUSE_SECONDS * rate / 2)
    power = np.empty(frames, np.float32)
    for number in range(frames):
        middle = int(number * rate / fps)
        window = speech.samples[max(0, middle - half) : middle + half]
        power[number] = np.mean(np.square(window)) if len(window) else 0.0
    return power
