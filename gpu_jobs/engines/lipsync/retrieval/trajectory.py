"""What the mouth should do: one wanted shape per output frame.

Speech that we synthesised carries its phonemes, and they decide. In recorded speech the viseme
network hears the same curves; where the person's clip taught how their own mouth goes with them,
that decides the shape as far as it can be trusted, and the network still shuts the lips in p, b, m
and in silence.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.linalg import solveh_banded

from gpu_jobs.audio import speech_features
from gpu_jobs.audio.speech import Speech
from gpu_jobs.audio.speech_pieces import LONGEST, pieces
from gpu_jobs.engines.faces.geometry import FloatArray, smooth_in_time
from gpu_jobs.engines.lipsync.retrieval.personal_mouth import PersonalMouth
from gpu_jobs.engines.mouth.limits import CLOSED, SHUT
from gpu_jobs.engines.mouth.shapes import MouthModel
from gpu_jobs.engines.visemes.curves import VisemeCurves, viseme_curves
from gpu_jobs.engines.visemes.network import CERTAIN, predict

_HEARD_REACH = 1.3  # what a network hears is less extreme than what was said
_CALM = 0.7  # of the person's own restlessness; drawing adds some
_JERK_SECONDS = (0.012, 0.016, 0.02, 0.024, 0.028, 0.032, 0.036, 0.04)
"""Times over which jerk is spread: from 13 Hz, which no lip follows, to 4 Hz, a syllable's pace."""
_HELD = 20.0  # weight of lips that meet, beside 1
_OPEN = 4.0  # of a mouth wide open: a vowel should be seen
_SOUNDING = 0.5  # of the ramps into and out of speech
_TOUCHING = 0.95  # of a closure
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

    def followed_by(self, other: Self) -> Self:
        """One after the other."""
        return type(self)(
            np.concatenate([self.codes, other.codes]),
            np.concatenate([self.openings, other.openings]),
            np.concatenate([self.widths, other.widths]),
        )

    def last(self, count: int) -> Self:
        """The last `count` of them."""
        first = len(self) - count
        return type(self)(self.codes[first:], self.openings[first:], self.widths[first:])


def plan(
    speech: Speech, frames: range, fps: float, model: MouthModel, personal: PersonalMouth | None
) -> MouthTrajectory:
    """The wanted mouth of each of a range of output frames.

    How loud and how open is judged beside what was said in the minute before them.
    """
    first = max(0, frames.start - round(LONGEST * fps))
    heard = speech.since(first / fps) if first else speech
    return _of_all(heard, frames.stop - first, fps, model, personal).last(len(frames))


def _of_all(
    speech: Speech, frames: int, fps: float, model: MouthModel, personal: PersonalMouth | None
) -> MouthTrajectory:
    times = speech_features.frame_times(frames, fps)
    if speech.phonemes:
        curves = viseme_curves(speech.phonemes, times)
        # Stress that the symbols do not carry: louder syllables open wider.
        loud = [speech_features.loudness(*piece) for piece in pieces(speech, times)]
        stress = 0.75 + 0.4 * np.concatenate(loud)
        return from_curves(curves, curves.opening * stress, model, fps)
    if personal is None:
        curves = VisemeCurves.joined([predict(*piece) for piece in pieces(speech, times)])
        return from_curves(curves, _HEARD_REACH * curves.opening, model, fps)
    certain, codes = [], []
    for piece in pieces(speech, times):
        certain.append(predict(*piece, closures=CERTAIN))
        codes.append(personal(*piece))
    spoken = VisemeCurves.joined(certain)
    usual = from_curves(spoken, _HEARD_REACH * spoken.opening, model, fps)
    spoken = replace(spoken, speaking=through_short_pauses(spoken.speaking, fps))
    return _mixed(from_own_mouth(spoken, np.concatenate(codes), model), usual, personal.trust)


def _mixed(one: MouthTrajectory, other: MouthTrajectory, share: float) -> MouthTrajectory:
    """`share` of one, the rest of the other; what both shut stays shut."""
    left = np.float32(1 - share)
    return MouthTrajectory(
        one.codes + left * (other.codes - one.codes),
        one.openings + left * (other.openings - one.openings),
        one.widths + left * (other.widths - one.widths),
    )


def from_curves(
    curves: VisemeCurves, level: FloatArray, model: MouthModel, fps: float
) -> MouthTrajectory:
    """The person's usual mouth with these curves, open by `level` (N,): 0 shut … 1 wide."""
    limits = model.range
    level = np.asarray(np.clip(level, 0, 1), np.float32)
    said = level[curves.speaking > _SOUNDING]
    openings = limits.opening_at(level, said, len(said) / fps)
    openings = limits.rest_opening + (openings - limits.rest_opening) * curves.speaking
    openings = openings + (CLOSED - openings) * curves.closed
    openings = calm(openings, curves.closed, fps, _CALM * limits.restlessness)
    widths = limits.width_at(curves.width)
    return MouthTrajectory(model.code_for(openings, widths), openings, widths)


def calm(wanted: FloatArray, closed: FloatArray, fps: float, most: float) -> FloatArray:
    """Openings (N,) near the `wanted` ones whose mean second difference is at most `most`.

    Lips move with little jerk from one target to the next (Flash & Hogan 1985); how little is this
    person's own. Where they are `closed` (N,) they meet whatever it costs. Method: Whittaker's
    smoother with third differences, the weakest that is calm enough.
    """
    smooth = wanted
    open_wide = np.maximum(wanted, 0) / np.float32(max(float(wanted.max(initial=0)), SHUT))
    weights = np.asarray(1 + _HELD * closed + _OPEN * open_wide, np.float32)
    if len(wanted) > 3:
        for seconds in _JERK_SECONDS:
            if float(np.abs(np.diff(smooth, 2)).mean()) <= most:
                break
            smooth = _least_jerk(wanted, weights, (seconds * fps) ** 6)
    return np.where(closed > _TOUCHING, CLOSED, np.maximum(smooth, CLOSED)).astype(np.float32)


def _least_jerk(wanted: FloatArray, weights: FloatArray, stiffness: float) -> FloatArray:
    """The curve (N,) of least weighted distance to `wanted` plus `stiffness` times its jerk."""
    third = (-1.0, 3.0, -3.0, 1.0)
    count = len(wanted) - 3
    bands = np.zeros((4, len(wanted)))
    bands[0] = weights
    for first, second in itertools.product(range(4), repeat=2):
        if second >= first:
            reach = slice(first, first + count)
            bands[second - first, reach] += stiffness * third[first] * third[second]
    curve = solveh_banded(bands, weights * wanted, lower=True)
    return np.asarray(curve, np.float32)


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
    openings = model.range.rest_opening + (openings - model.range.rest_opening) * spoken
    openings = openings + (CLOSED - openings) * curves.closed
    widths = model.range.rest + (widths - model.range.rest) * spoken
    rest = model.code_for(openings, widths)
    free = (spoken * (1 - curves.closed))[:, None]
    return MouthTrajectory(rest + (codes - rest) * free, openings, widths)
