"""One still photo and a speech in, frames of that person speaking out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from dh_core.errors import NoFaceFound
from gpu_jobs.engines.portrait.eyelids import Eyelids
from gpu_jobs.engines.portrait.inner_mouth import LEAST_OPENING, paint_inner_mouth
from gpu_jobs.engines.portrait.lip_gap import LipGap
from gpu_jobs.engines.portrait.motion import blinks, head_motion, loudness, mouth_curves
from gpu_jobs.engines.portrait.sampling import sample
from gpu_jobs.engines.portrait.warp import PortraitWarp, Pose
from gpu_jobs.media.face_geometry import (
    LIP_BOTTOM_INNER,
    LIP_TOP_INNER,
    LOWER_LIP_INNER,
    UPPER_LIP_INNER,
)
from gpu_jobs.media.faces import FaceTracker
from gpu_jobs.timeline import Speech

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]

TEETH_SHOW = 0.04  # gap of the photo's lips, in eye distances, from which its own teeth are used


class PortraitAnimator:
    """Holds the face models; one instance serves one thread."""

    def __init__(self, faces: FaceTracker) -> None:
        self._faces = faces

    def animate(
        self,
        photo: Frame,
        speech: Speech,
        fps: Fraction,
        size: tuple[int, int] | None,
        report: Callable[[float], None],
    ) -> Iterator[Frame]:
        """Yield ceil(duration × fps) BGR frames of `size` (even width, height; default: photo's).

        The photo is stretched to `size`, so give both the same shape. Raises NoFaceFound, and
        whatever `report` raises.
        """
        width, height = size or (photo.shape[1] // 2 * 2, photo.shape[0] // 2 * 2)
        picture = _resized(photo, (width, height))
        self._faces.reset()
        face = self._faces(picture)
        if face is None:
            raise NoFaceFound
        stage = PortraitStage(picture, face.points[:, :2])
        total = math.ceil(speech.duration * fps)
        times = (np.arange(total, dtype=np.float64) + 0.5) / float(fps)
        mouth = mouth_curves(speech, times)
        head = head_motion(times, loudness(speech, times))
        lids = blinks(times)
        for i in range(total):
            pose = Pose(
                float(mouth.opening[i]),
                float(mouth.width[i]),
                float(head.x[i]),
                float(head.y[i]),
                float(head.roll[i]),
            )
            yield stage.render(pose, float(lids[i]))
            report((i + 1) / total)


class PortraitStage:
    """One photo (H, W, 3) with its mesh (468, 2), ready to be posed."""

    def __init__(self, photo: Frame, points: Floats) -> None:
        self._photo = photo
        self._eyelids = Eyelids(photo, points)
        height, width = photo.shape[:2]
        self._warp = PortraitWarp(points, (width, height))
        self._whole = (0, 0, width, height)
        self._below = self._lower_face_box()
        self._teeth = self._own_teeth(points) if self._warp.natural_gap > TEETH_SHOW else None

    def render(self, pose: Pose, lids: float) -> Frame:
        """The photo in `pose`, lids closed by `lids` (0…1)."""
        source = self._photo.copy()
        self._eyelids.close(source, lids)
        upper, lower = self._warp.fields(pose)
        frame = sample(source, self._warp.source_map(upper, self._whole))
        points = self._warp.moved_points(upper, lower)
        self._lay_lower_face(frame, source, lower, points)
        gap = points[LIP_BOTTOM_INNER] - points[LIP_TOP_INNER]
        opening = max(float(gap @ self._warp.frame.down), 0.0)
        paint_inner_mouth(frame, points, LipGap.of_mesh(points))
        if self._teeth is not None and opening > LEAST_OPENING * self._warp.frame.unit:
            self._lay_own_teeth(frame, self._teeth, pose, points)
        return frame

    def _lower_face_box(self) -> tuple[int, int, int, int]:
        """The rectangle in which anything below the lips moves."""
        face = self._warp.frame
        low = np.maximum(face.origin - np.array([1.5, 0.5]) * face.unit, 0).astype(int)
        high = np.minimum(face.origin + np.array([1.5, 1.5]) * face.unit, self._whole[2:])
        left, top = int(low[0]), int(low[1])
        return left, top, int(high[0]) - left, int(high[1]) - top

    def _lay_lower_face(self, frame: Frame, source: Frame, lower: Floats, points: Floats) -> None:
        left, top, width, height = self._below
        below = sample(source, self._warp.source_map(lower, self._below))
        line = (points[list(UPPER_LIP_INNER)] + points[list(LOWER_LIP_INNER)]) / 2 - [left, top]
        tilt = self._warp.frame.across * width
        ring = np.concatenate([[line[0] - tilt], line, [line[-1] + tilt]])
        floor = self._warp.frame.down * 2 * height
        ring = np.concatenate([ring, [ring[-1] + floor, ring[0] + floor]])
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(mask, [np.round(ring * 16).astype(np.int32)], 255, shift=4)
        soft = cv2.GaussianBlur(mask, (0, 0), max(0.5, 0.004 * self._warp.frame.unit))
        target = frame[top : top + height, left : left + width]
        target[:] = _mix(target, below, np.asarray(soft, np.uint8))

    def _own_teeth(self, points: Floats) -> Floats:
        """Soft mask (H, W) of the teeth that the photo shows: bright inside the lips."""
        unit = self._warp.frame.unit
        inside = LipGap.of_mesh(points).mask(self._whole, max(0.6, 0.006 * unit))
        grey = cv2.cvtColor(self._photo, cv2.COLOR_BGR2GRAY).astype(np.float32)
        bright = float(np.percentile(grey[inside > 0.5], 75)) if np.any(inside > 0.5) else 255.0
        teeth = inside * np.clip((grey / bright - 0.45) / 0.25, 0, 1)
        blurred = cv2.GaussianBlur(teeth, (0, 0), max(0.5, 0.004 * unit))
        return np.asarray(blurred, np.float32)

    def _lay_own_teeth(self, frame: Frame, teeth: Floats, pose: Pose, points: Floats) -> None:
        lips = LipGap.of_mesh(points)
        box = lips.box(frame.shape, 0.03 * self._warp.frame.unit)
        if box is None:
            return
        left, top, width, height = box
        at = self._warp.source_map(self._warp.head_field(pose), box)
        gap = lips.mask(box, max(0.7, 0.006 * self._warp.frame.unit))
        alpha = gap * sample(teeth, at)
        target = frame[top : top + height, left : left + width]
        own = sample(self._photo, at)
        target[:] = _mix(target, own, np.round(alpha * 255).astype(np.uint8))


def _resized(photo: Frame, size: tuple[int, int]) -> Frame:
    if photo.shape[1::-1] == size:
        return photo
    shrinking = size[0] < photo.shape[1]
    quality = cv2.INTER_AREA if shrinking else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(photo, size, interpolation=quality), np.uint8)


def _mix(under: Frame, over: Frame, alpha: Frame) -> Frame:
    weight = cv2.merge([alpha, alpha, alpha])
    mixed = cv2.add(
        cv2.multiply(over, weight, scale=1 / 255), cv2.multiply(under, 255 - weight, scale=1 / 255)
    )
    return np.asarray(mixed, np.uint8)
