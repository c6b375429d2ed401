"""Who of several people speaks: whose mouth moves with the clip's own sound.

Method: `sync.measure` for each of them. It sets the opening that is heard against the one that is
seen, and against sound that belongs to no mouth.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from gpu_jobs.engines.faces.appearance import Person
from gpu_jobs.engines.faces.crowd import Crowd, Member
from gpu_jobs.engines.faces.geometry import FloatArray, lip_gap
from gpu_jobs.engines.faces.mesh import Frame
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.engines.lipsync.footage import sync
from gpu_jobs.engines.lipsync.footage.picture_change import PictureChange

UNSURE_WARNING: Final = "speaker_unsure"
LISTENED_SECONDS = 40.0
"""From the clip's beginning; who has not spoken by then is not the one."""
_RATE = 12.0  # frames a second that are looked at, at least; syllables come at four
_LEAD = 0.1  # of correlation, by which the mouth must fit better than another that fits
_WIDEST = 0.1  # eye distances; what is beyond is laughter, and would outweigh all speech


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whom to follow, for `FaceTracker.follow`: neither is the largest face."""

    index: int | None = None
    person: Person | None = None
    warnings: tuple[str, ...] = ()


def find_speaker(
    frames: Iterable[Frame], fps: Fraction, sound: FloatArray | None, tracker: FaceTracker
) -> Speaker:
    """Look through BGR frames at `fps` with their 16 kHz sound (N,).

    Whoever is alone in the clip speaks. Where it cannot be told, the largest face does, with a
    warning.
    """
    step = max(1, math.floor(float(fps) / _RATE))
    crowd, change = Crowd(tracker.detector, tracker.mesh), PictureChange()
    rows: list[dict[int, float]] = []
    limit = math.ceil(LISTENED_SECONDS * fps)
    for frame in itertools.islice(frames, 0, limit, step):
        faces = crowd(frame, new_shot=change.see(frame))
        rows.append({number: float(lip_gap(face.points)) for number, face in faces.items()})
    if len(crowd.members) < 2:
        return Speaker()
    gaps = np.full((len(rows), len(crowd.members)), np.nan, np.float32)
    for at, row in enumerate(rows):
        gaps[at, list(row)] = list(row.values())
    number = None if sound is None else whose_sound(gaps, sound, float(fps) / step)
    if number is None:
        return Speaker(warnings=(UNSURE_WARNING,))
    return _known(crowd.members[number])


def whose_sound(gaps: FloatArray, sound: FloatArray, fps: float) -> int | None:
    """Which column of `gaps` (T, P) goes with the 16 kHz `sound` (N,); None if that is unsure.

    Lip gaps of P people in eye distances, NaN where one is not seen.
    """
    fits = []
    for column in gaps.T:
        seen = ~np.isnan(column)
        gap = np.minimum(np.nan_to_num(column), _WIDEST)
        fits.append(sync.measure(sound, gap, seen, fps))
    known = [number for number, fit in enumerate(fits) if fit.trusted]
    known.sort(key=lambda number: -fits[number].correlation)
    rivals = [fits[number].correlation for number in known[:2]]
    clear = len(rivals) == 1 or (len(rivals) == 2 and rivals[0] > rivals[1] + _LEAD)
    return known[0] if clear else None


def _known(member: Member) -> Speaker:
    """By their looks, or by their place where somebody else has the same."""
    return Speaker(index=member.place) if member.alike else Speaker(person=member.person)
