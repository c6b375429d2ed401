"""From speech to poses: what the person does in every frame. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gpu_jobs.audio import speech_features
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.portrait.mesh.fields.pose import Pose
from gpu_jobs.engines.portrait.mesh.motion import (
    Floats,
    Times,
    blinks,
    breathing,
    brow_motion,
    head_motion,
    loudness,
)
from gpu_jobs.engines.visemes.curves import NEUTRAL_WIDTH, VisemeCurves, viseme_curves
from gpu_jobs.engines.visemes.network import predict

LEAD = 0.03
"""Seconds by which lips run ahead of the sound: they move before it is heard."""
_HEARD_REACH = 1.1  # what a network hears is a little less extreme than what was said
_SHORTEST_PAUSE = 0.16  # s; through a shorter one lips keep moving, in a longer one they shut


def poses(speech: Speech | float, times: Times) -> Iterator[Pose]:
    """The pose at each of `times` (T,) in seconds; a number is that many seconds of silence."""
    if isinstance(speech, Speech):
        mouth, loud = mouth_curves(speech, times), loudness(speech, times)
    else:
        mouth, loud = _at_rest(times), np.zeros(len(times), np.float32)
    head = head_motion(times, loud)
    lids, brows, breath = blinks(times), brow_motion(times, loud), breathing(times)
    # Stress that the symbols do not carry: louder syllables open wider.
    opening = np.clip(mouth.opening * (0.8 + 0.3 * loud), 0, 1)
    for i in range(len(times)):
        yield Pose(
            float(opening[i]),
            float(mouth.width[i]),
            float(head.x[i]),
            float(head.y[i]),
            float(head.roll[i]),
            float(head.yaw[i]),
            float(head.pitch[i]),
            float(lids[i]),
            float(brows[i]),
            float(breath[i]),
        )


def mouth_curves(speech: Speech, times: Times) -> VisemeCurves:
    """From the phonemes where they are known, else as the viseme network hears recorded speech."""
    if speech.phonemes:
        return viseme_curves(speech.phonemes, times + LEAD)
    samples = speech_features.at_rate(speech.samples, speech.sample_rate)
    heard = predict(samples, times + LEAD)
    shut = _in_pauses(heard.speaking, times)
    return VisemeCurves(
        np.asarray(np.clip(_HEARD_REACH * heard.opening, 0, 1) * shut, np.float32),
        np.asarray(NEUTRAL_WIDTH + (heard.width - NEUTRAL_WIDTH) * shut, np.float32),
        np.asarray(heard.speaking * shut, np.float32),
        heard.closed,
    )


def _in_pauses(speaking: Floats, times: Times) -> Floats:
    """1 while somebody speaks (T,), 0 through every pause that is longer than a word boundary.

    What is half heard in a pause, a breath or a click, would leave the mouth half open there.
    """
    free = (speaking > 0.5).astype(np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate([[1], free, [1]])))
    shut = np.ones(len(times), np.float32)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        first, last = times[start], times[min(stop, len(times) - 1)]
        inner = start == 0 or stop == len(times)
        if inner or last - first >= _SHORTEST_PAUSE:
            shut[start:stop] = 0
    return shut


def _at_rest(times: Times) -> VisemeCurves:
    zero = np.zeros(len(times), np.float32)
    return VisemeCurves(zero, np.full(len(times), NEUTRAL_WIDTH, np.float32), zero, zero)
