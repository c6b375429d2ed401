"""Where a long speech is cut: in its pauses, in whole frames, into about equal parts. Pure.

A plan covers the whole speech, so a cut changes no frame; what it changes is the coding, for each
part begins with a picture that refers to nothing before it. So parts begin where the unsplit film
would have such a picture anyway, every `grid` frames, and of those places in a pause, where the
mouth rests.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Final

import numpy as np

from gpu_jobs.audio.speech import Speech

SHORTEST_AIM: Final = 5.0
"""Seconds of a segment: to claim and to join one costs some requests, to encode it a start."""
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
    return max(SHORTEST_AIM, fanout_seconds / PER_THRESHOLD)


def cut(speech: Speech, frames: int, fps: Fraction, seconds: float, grid: int) -> list[range]:
    """The `frames` of a speech as consecutive ranges of about `seconds`, none under `grid`.

    All but the last are whole multiples of `grid`. Each inner cut lies in the quietest place near
    where equal parts would meet.
    """
    places = max(1, frames // grid)
    count = max(1, min(round(frames / (seconds * float(fps))), places))
    reach = max(1, int(_REACH * places / count))
    edges = [0]
    for number in range(1, count):
        ideal = int(places * number / count + 0.5)
        low = max(edges[-1] + 1, ideal - reach)
        # What is left must hold the remaining segments.
        high = min(places - (count - number), ideal + reach)
        # Of equally quiet places the nearest to equal parts.
        _, _, place = min(
            (loudness(speech, place * grid / fps), abs(place - ideal), place)
            for place in range(low, high + 1)
        )
        edges.append(place)
    return [
        range(first, stop)
        for first, stop in itertools.pairwise([*(edge * grid for edge in edges), frames])
    ]


def loudness(speech: Speech, seconds: Fraction) -> float:
    """How loud it is around a moment: mean power over a pause's length."""
    half = round(_PAUSE_SECONDS * speech.sample_rate / 2)
    middle = int(seconds * speech.sample_rate)
    window = speech.samples[max(0, middle - half) : middle + half]
    return float(np.mean(np.square(window))) if len(window) else 0.0
