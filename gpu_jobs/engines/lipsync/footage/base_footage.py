"""How good each frame of a clip is under new speech, and where the clip may turn round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dh_core.specs.fields import LengthFit
from gpu_jobs.engines.faces.geometry import (
    FACE_OVAL,
    RIGID,
    CanonicalPose,
    FloatArray,
    Starts,
    eye_distance,
    head_angles,
    smooth_in_time,
    spans,
)
from gpu_jobs.engines.mouth.shapes import opening, width

OPEN, SPREAD, TURNED, LOST = 0.5, 0.8, 0.5, 1.5
"""Unease of a mouth wide open, of a smile, of a head 15° beyond USUAL_TURN, of no usable face.

The first two by the square of their level: speaking is no laughter.
"""
USUAL_TURN = 4.0
"""Degrees from the clip's median pose that cost nothing."""
_TURN_RANGE = 15.0  # degrees
_STATE_SECONDS = 0.6  # longer than a syllable: laughter lasts, a vowel does not
_LEAST_OPENING, _LEAST_SPREAD = 0.05, 0.03  # eye distances; less is noise or a still mouth
_BEYOND = 1.5  # times the usual range, at most

SLOW = 0.004
"""Eye distances a frame at which the turning of a moving head begins to be seen: half a pixel."""
_STEADY = (0.1, 0.2, 0.4, 0.2, 0.1)  # landmarks shake by as much as a slow head moves
_QUIET = 25.0  # percentile of a clip's changes that are its noise
_MOST_EXCESS = 5.0
BLINKED, _BLINKED_SECONDS = 1.0, 0.4
"""Restlessness near a blink: turning there would repeat it at once."""
BLINKING = 12.0
"""And in it: lids that turn round half way are seen."""
_HEAD = [*RIGID, *FACE_OVAL[:10], *FACE_OVAL[-9:]]  # neither jaw nor cheeks: they speak


@dataclass(frozen=True, slots=True)
class BaseFootage:
    """T frames at `fps`, as the choice of base frames sees them.

    `unease` (T,): 0 for a calm mouth in a head in its usual pose, 1 for laughter; about 2 at most.
    `restlessness` (T,): 0 where time may turn round unseen, 1 where it begins to be seen.
    `blinking` (T,): 1 in a blink, else 0. `starts`: first frames of the shots.
    `fit`: how it serves a longer speech. `heads` (T, 5): where the head is, in eye distances, and
    how it is turned, in parts of 15°: what must be alike where the clip jumps.
    """

    fps: float
    unease: FloatArray
    restlessness: FloatArray
    blinking: FloatArray
    starts: Starts = (0,)
    fit: LengthFit = "bounce"
    heads: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.unease)


def measure(
    meshes: FloatArray,
    pose: CanonicalPose,
    fade: FloatArray,
    changes: FloatArray,
    blinks: NDArray[np.bool_],
    fps: float,
    starts: Starts = (0,),
) -> BaseFootage:
    """Judge frames by what tracking found.

    `meshes` (T, 468, 3) in pixels, `pose` of the same, `fade` (T,) how far each frame may be
    changed, `changes` (T,) of the picture (see PictureChange), `blinks` (T,), `starts` of shots.
    """
    unit = float(np.median([eye_distance(mesh) for mesh in meshes[fade > 0]]))
    blinking = blinks.astype(np.float32)
    within = changes.copy()
    within[np.asarray(starts)] = 0  # a cut is no movement
    restless = (_excess(within) ** 2).astype(np.float32)
    for shot in spans(starts, len(meshes)):
        restless[shot] += (_head_speed(meshes[shot]) / (SLOW * unit)) ** 2
        restless[shot] += BLINKING * blinking[shot]
        restless[shot] += BLINKED * _largest_near(blinking[shot], _BLINKED_SECONDS * fps)
    unease = _unease(pose, fade, fps, starts)
    heads = _heads(meshes, pose, unit)
    return BaseFootage(fps, unease, restless, blinking, starts, heads=heads)


def _heads(meshes: FloatArray, pose: CanonicalPose, unit: float) -> FloatArray:
    places = meshes[:, _HEAD, :2].mean(1) / unit
    sizes = np.log([[eye_distance(mesh) / unit] for mesh in meshes])
    return np.hstack([places, sizes, head_angles(pose.to_canonical) / _TURN_RANGE]).astype("f4")


def _unease(pose: CanonicalPose, fade: FloatArray, fps: float, starts: Starts) -> FloatArray:
    usable = fade > 0
    openings, widths = opening(pose.points), width(pose.points)
    shut, wide = np.percentile(openings[usable], [5, 97])
    rest, spread = np.percentile(widths[usable], [50, 97])
    span = _STATE_SECONDS * fps / 2
    opened = _level(openings, shut, max(wide - shut, _LEAST_OPENING))
    smiling = _level(widths, rest, max(spread - rest, _LEAST_SPREAD))
    for shot in spans(starts, len(fade)):
        opened[shot] = _mean_near(opened[shot], span)
        smiling[shot] = _mean_near(smiling[shot], span)
    angles = head_angles(pose.to_canonical)
    away = np.linalg.norm(angles - np.median(angles[usable], axis=0), axis=1)
    turned = TURNED * np.clip((away - USUAL_TURN) / _TURN_RANGE, 0, _BEYOND)
    shown = OPEN * opened**2 + SPREAD * smiling**2 + turned
    return np.asarray(fade * shown + (1 - fade) * LOST, np.float32)


def _head_speed(meshes: FloatArray) -> FloatArray:
    """Pixels a frame (T,) in one shot: 0 at the extremes of a motion, where it turns unseen."""
    if len(meshes) < 2:
        return np.zeros(len(meshes), np.float32)
    head = smooth_in_time(meshes[:, _HEAD, :2], _STEADY)
    speed = np.sqrt((np.gradient(head, axis=0) ** 2).sum(-1).mean(-1))
    # The ends repeat when smoothed, which slows them down.
    inward = len(_STEADY) // 2
    speed[:inward] = speed[: inward + 1].max()
    speed[-inward:] = speed[-inward - 1 :].max()
    return np.asarray(speed, np.float32)


def _excess(change: FloatArray) -> FloatArray:
    """By how many times the clip's usual noise a frame differs from its neighbours; (T,)."""
    quiet = float(np.percentile(change, _QUIET)) + 0.1  # of a grey level
    near = np.maximum(change, np.append(change[1:], np.float32(0)))
    return np.asarray(np.clip(near / (2 * quiet) - 1, 0, _MOST_EXCESS), np.float32)


def _level(values: FloatArray, zero: float, span: float) -> FloatArray:
    return np.asarray(np.clip((values - zero) / span, 0, _BEYOND), np.float32)


def _near(values: FloatArray, reach: float) -> FloatArray:
    """What lies within `reach` frames of each; the ends repeat. (T,) → (T, n)."""
    half = round(reach)
    padded = np.pad(values, half, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)


def _mean_near(values: FloatArray, reach: float) -> FloatArray:
    return np.asarray(_near(values, reach).mean(1), np.float32)


def _largest_near(values: FloatArray, reach: float) -> FloatArray:
    return np.asarray(_near(values, reach).max(1), np.float32)
