"""What the mouth should do: one wanted shape per output frame.

Speech that we synthesised carries its phonemes, and they decide. In recorded speech the viseme
network hears the same curves; where the person's clip taught how their own mouth goes with them,
that decides the shape, and the network still shuts the lips in p, b, m and in silence.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio import speech_features
from gpu_jobs.audio.speech import Speech
from gpu_jobs.audio.speech_pieces import pieces
from gpu_jobs.engines.faces.geometry import FloatArray, smooth_in_time
from gpu_jobs.engines.lipsync.retrieval.personal_mouth import PersonalMouth
from gpu_jobs.engines.mouth.shapes import CLOSED, MouthModel
from gpu_jobs.engines.visemes.curves import VisemeCurves, viseme_curves
from gpu_jobs.engines.visemes.network import CERTAIN, predict

LEAD = 0.03
"""Seconds by which lips run ahead of the sound: they move before it is heard."""
_HEARD_REACH = 1.3  # what a network hears is less extreme than what was said
_STRONGEST_GAIN = 1.6
SHORTEST_REST = 0.4
"""Seconds of pause within speech from which a person who was seen speaking shuts the mouth."""


@dataclass(frozen=True, slots=True)
class MouthTrajectory:
    """Wanted mouths of N frames in canonical units.

    `codes` (N, K) of the person's MouthModel; `openings`, `widths` (N,), which hold exactly.
    """

    codes: FloatArray
    openings: FloatArray
    widths: FloatArray

    def __len__(self) -> int:
        return len(self.openings)


def plan(
    speech: Speech, frames: int, fps: float, model: MouthModel, personal: PersonalMouth | None
) -> MouthTrajectory:
    """The wanted mouth of each of `frames` output frames."""
    times = speech_features.frame_times(frames, fps)
    if speech.phonemes:
        curves = viseme_curves(speech.phonemes, times + LEAD)
        # Stress that the symbols do not carry: louder syllables open wider.
        loud = [speech_features.loudness(*piece) for piece in pieces(speech, times)]
        stress = 0.75 + 0.4 * np.concatenate(loud)
        return from_curves(curves, curves.opening * stress, model)
    if personal is None:
        curves = VisemeCurves.joined([predict(*piece) for piece in pieces(speech, times + LEAD)])
        return from_curves(curves, _HEARD_REACH * curves.opening, model)
    certain, codes = [], []
    for piece in pieces(speech, times + LEAD):
        certain.append(predict(*piece, closures=CERTAIN))
        codes.append(personal(*piece))
    spoken = VisemeCurves.joined(certain)
    spoken = replace(spoken, speaking=through_short_pauses(spoken.speaking, fps))
    return from_own_mouth(spoken, np.concatenate(codes), model)


def from_curves(curves: VisemeCurves, level: FloatArray, model: MouthModel) -> MouthTrajectory:
    """The person's usual mouth with these curves, open by `level` (N,): 0 shut … 1 wide."""
    level = np.clip(level, 0, 1).astype(np.float32)
    level = with_effort(level, curves.speaking > 0.5, model.range.effort)
    openings, widths = model.range.opening_at(level), model.range.width_at(curves.width)
    return MouthTrajectory(model.code_for(openings, widths), openings, widths)


def with_effort(level: FloatArray, spoken: NDArray[np.bool_], effort: float) -> FloatArray:
    """Raise levels (T,) so that their mean over the `spoken` frames comes up to `effort`.

    Nearly proportional for small levels, so that lips which nearly meet still do; saturating
    towards wide open.
    """
    if not spoken.any():
        return level
    for gain in np.linspace(1.0, _STRONGEST_GAIN, 15):
        raised = 1 - (1 - level) ** gain
        if raised[spoken].mean() >= effort:
            break
    return np.asarray(raised, np.float32)


def through_short_pauses(speaking: FloatArray, fps: float) -> FloatArray:
    """`speaking` (T,) with the pauses between sounds that are shorter than SHORTEST_REST filled.

    People breathe through them; what their mouth does there, their own clip taught.
    """
    filled = speaking.copy()
    free = np.flatnonzero(speaking >= 1)
    for before, after in itertools.pairwise(free):
        if after - before <= SHORTEST_REST * fps:
            filled[before:after] = 1
    return filled


def from_own_mouth(curves: VisemeCurves, codes: FloatArray, model: MouthModel) -> MouthTrajectory:
    """This person's own shapes `codes` (N, K); shut where the curves say so."""
    codes = smooth_in_time(codes)
    openings, widths = model.measures(codes)
    openings = np.clip(openings, CLOSED, 1.15 * model.range.widest_opening)
    widths = np.clip(widths, 0.97 * model.range.narrow, 1.03 * model.range.wide)
    spoken = curves.speaking
    openings = CLOSED + (openings - CLOSED) * spoken * (1 - curves.closed)
    widths = model.range.rest + (widths - model.range.rest) * spoken
    rest = model.code_for(openings, widths)
    free = (spoken * (1 - curves.closed))[:, None]
    return MouthTrajectory(rest + (codes - rest) * free, openings, widths)
