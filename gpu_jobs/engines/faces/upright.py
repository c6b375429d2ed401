"""Which way up a picture is, by the faces in it: for files that say it wrongly or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from gpu_jobs.engines.faces.detection import FaceBox, FaceDetector
from gpu_jobs.engines.faces.mesh import FaceMesh, Frame, Roi

PHOTO_TURNED_WARNING: Final = "photo_rotated"
VIDEO_TURNED_WARNING: Final = "video_rotated"

_MOUTH: Final = 3
_MOST_TILT: Final = 1.0  # of the sideways over the downward distance from the eyes to the mouth
_LEAST_SCORE: Final = 0.6
_LEAD: Final = 0.1
"""By how much a turned face must be surer than the picture as it is: 0.17 at least in real ones."""


def quarter_turns(pictures: Iterable[Frame], detector: FaceDetector, mesh: FaceMesh) -> int:
    """Clockwise quarter turns (0 to 3) after which the faces of BGR pictures stand upright.

    0 unless it is clear: networks find faces that lie or stand on their heads too, but less surely.
    """
    scores = np.zeros((0, 4))
    for picture in pictures:
        turned = [np.ascontiguousarray(np.rot90(picture, -turns)) for turns in range(4)]
        seen = [_uprightness(one, detector, mesh) for one in turned]
        if any(seen):
            scores = np.vstack([scores, seen])
    if not len(scores):
        return 0
    means = scores.mean(0)
    best = int(means.argmax())
    clear = means[best] > max(_LEAST_SCORE, means[0] + _LEAD)
    return best if clear else 0


def _uprightness(picture: Frame, detector: FaceDetector, mesh: FaceMesh) -> float:
    """How sure it is that the picture shows an upright face; 0 where none."""
    sure = (
        box.score
        for box in detector(picture)
        if _stands(box) and mesh(picture, _level(box)).score > _LEAST_SCORE
    )
    return max(sure, default=0.0)


def _stands(box: FaceBox) -> bool:
    across, down = box.keypoints[_MOUTH] - box.keypoints[:2].mean(0)
    return bool(down > 0 and abs(across) < _MOST_TILT * down)


def _level(box: FaceBox) -> Roi:
    """The region of a face that is taken to be upright."""
    return Roi(box.x, box.y, box.roi().side, 0.0)
