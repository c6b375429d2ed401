"""The person's alpha in each frame of a film, with edges that are steady from frame to frame.

The segmentation network sees the part of the frame in which the person is; a guided filter with the
frame as its guide (fast form: computed small, applied large) gives soft edges. Two things keep them
from flickering: the network's answer and the filter's coefficients are averaged over time where the
picture stands still, and the part that the network sees is the same for all frames of a shot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.matting.guided_filter import apply_model, linear_model
from gpu_jobs.engines.matting.segmenter import SelfieSegmenter
from gpu_jobs.media.pictures.rectangle import Rectangle

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]

_WORKING_SIDE: Final = 480
_RADIUS: Final = 0.05
"""Of the face's width: how far from the network's border an edge is looked for."""
_LEAST_RADIUS, _MOST_RADIUS = 3, 12
"""Pixels of the working picture."""
_EPSILON: Final = 3e-4
_LEVELS: Final = (0.12, 0.88)
"""Of the filter's output that become 0 and 1."""
_SURE: Final = 0.92
_OUT: Final = 0.06
"""The network's answers, smoothed, that need no filter: well inside and well outside."""
_KEPT: Final = 0.85
"""Part of the past in a place that stands still."""
_MOVES: Final = 5.0
"""Grey levels by which a place changes that moves."""
_CUT: Final = 24.0
"""Grey levels by which a picture changes on average at a cut."""
_REACH: Final = (2.6, 1.3)
"""Of the face: its widths to either side and its heights above, in which the person is."""


@dataclass
class _Past:
    grey: Floats
    chance: Floats
    model: Floats


class FilmMatter:
    """Asked for the frames of one film in their order; one instance serves one thread.

    `person`: the face's place in the film (all of its frames), by which others are left out.
    """

    def __init__(self, segment: SelfieSegmenter, person: Rectangle) -> None:
        self._segment = segment
        self._person = person
        self._past: _Past | None = None

    def __call__(self, frame: Frame) -> Floats:
        """How much of each pixel of a BGR frame (H, W, 3) is the person: float32 (H, W), 0…1."""
        height, width = frame.shape[:2]
        scale = min(1.0, _WORKING_SIDE / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
        grey = np.asarray(
            cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (0, 0), 1.5), np.float32
        )
        chance = self._chance(small, scale)
        past = self._past
        if past is not None and np.abs(grey - past.grey).mean() > _CUT:
            past = None
        kept = None if past is None else _stillness(grey, past.grey)
        if past is not None and kept is not None:
            chance = chance + kept * (past.chance - chance)
        wanted = np.where(_part_at(chance, self._person.scaled(scale)), chance, 0).astype("f4")
        guide = small * np.float32(1 / 255)
        reach = round(_RADIUS * self._person.width * scale)
        radius = min(max(reach, _LEAST_RADIUS), _MOST_RADIUS)
        model = linear_model(guide, wanted, radius, _EPSILON)
        if past is not None and kept is not None:
            model = model + kept[:, :, None] * (past.model - model)
        self._past = _Past(grey, chance, model)
        return self._alpha(frame, model, wanted, radius)

    def _alpha(self, frame: Frame, model: Floats, wanted: Floats, radius: int) -> Floats:
        size = frame.shape[1::-1]
        large = np.asarray(cv2.resize(model, size, interpolation=cv2.INTER_LINEAR), np.float32)
        alpha = apply_model(large, frame * np.float32(1 / 255))
        low, high = _LEVELS
        alpha = np.clip((alpha - low) / (high - low), 0, 1)
        # Well inside and well outside nothing of the picture's own pattern shows.
        calm = cv2.blur(wanted, (2 * radius + 1, 2 * radius + 1))
        core = np.clip((calm - _SURE) / (1 - _SURE) * 4, 0, 1)
        reach = np.clip(calm / _OUT - 1, 0, 1)
        floor, ceiling = (
            np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_LINEAR), np.float32)
            for one in (core, reach)
        )
        return np.asarray(np.clip(alpha, floor, np.maximum(ceiling, floor)), np.float32)

    def _chance(self, small: Frame, scale: float) -> Floats:
        """What the network says of the person's part of the picture; 0 outside of it."""
        face = self._person.scaled(scale)
        height, width = small.shape[:2]
        left = max(0, int(face.x - _REACH[0] * face.width))
        right = min(width, int(face.right + _REACH[0] * face.width) + 1)
        top = max(0, int(face.y - _REACH[1] * face.height))
        found = np.zeros((height, width), np.float32)
        found[top:, left:right] = self._segment(np.ascontiguousarray(small[top:, left:right]))
        return found


def _stillness(grey: Floats, before: Floats) -> Floats:
    """How much of the past is kept in each place."""
    moved = np.asarray(cv2.blur(np.abs(grey - before), (7, 7)), np.float32)
    return np.asarray(_KEPT * np.exp(-((moved / _MOVES) ** 2)), np.float32)


def _part_at(chance: Floats, face: Rectangle) -> NDArray[np.bool_]:
    """Where the person may be: what hangs together with the face, and a little around it."""
    likely = np.asarray(chance > 0.3, np.uint8)
    _, labels, facts, _ = cv2.connectedComponentsWithStats(likely, connectivity=4)
    height, width = likely.shape
    x, y = int(face.middle), int(face.y + 0.6 * face.height)
    label = labels[min(max(y, 0), height - 1), min(max(x, 0), width - 1)]
    if label == 0 and len(facts) > 1:
        label = 1 + int(facts[1:, cv2.CC_STAT_AREA].argmax())
    own = np.asarray((labels == label) & (likely > 0), np.uint8)
    return np.asarray(cv2.dilate(own, np.ones((9, 9), np.uint8)) > 0)
