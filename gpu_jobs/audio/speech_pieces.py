"""A long speech, a minute at a time: memory must not grow with what is said."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gpu_jobs.audio import speech_features
from gpu_jobs.audio.speech import Speech
from gpu_jobs.audio.speech_features import FloatArray, Times

LONGEST = 60.0
"""Seconds of a piece. Loudness and timbre are judged within one, so it holds many sentences."""
_CONTEXT = 2.0  # s heard before and after a piece: more than the viseme network's reach


def pieces(speech: Speech, times: Times) -> Iterator[tuple[FloatArray, Times]]:
    """Cut `speech` where `times` (T,), ascending seconds, fall into its minutes.

    Each piece is its 16 kHz sound with some seconds around it, and its share of the times, counted
    from the beginning of that sound. A speech of up to LONGEST and a half stays whole.
    """
    count = max(1, round(speech.duration / LONGEST))
    edges = np.linspace(0, speech.duration, count + 1)[1:-1]
    for own in np.split(times, np.searchsorted(times, edges)):
        if not len(own):
            continue
        first = max(0, int((own[0] - _CONTEXT) * speech.sample_rate)) if count > 1 else 0
        last = int((own[-1] + _CONTEXT) * speech.sample_rate) if count > 1 else None
        sound = speech_features.at_rate(speech.samples[first:last], speech.sample_rate)
        yield sound, own - first / speech.sample_rate
