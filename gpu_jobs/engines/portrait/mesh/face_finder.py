"""The face of a still picture, found as exactly as the networks allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from dh_core.errors import FaceIndexOutOfRange, FaceTooSmall, NoFaceFound
from gpu_jobs.engines.faces.geometry import FACE_SIDES
from gpu_jobs.engines.faces.mesh import MESH_WEIGHTS, Face, FaceMesh, Roi
from gpu_jobs.engines.faces.tracking import FaceTracker

if TYPE_CHECKING:
    from gpu_jobs.weights.store import WeightStore

Frame = NDArray[np.uint8]
Floats = NDArray[np.float32]

NARROWEST = 60.0
"""Pixels from side to side of the mesh, which is a little narrower than the face with its ears."""
_LONGEST_SIDE = 1600  # px in which faces are looked for; the networks see 192
_BEHIND = 127  # grey
_LOOKS = (0.92, 1.0, 1.08)  # sizes of the mesh's crop whose results are averaged


class FaceFinder:
    """Finds one person's mesh in pictures that have nothing to do with each other."""

    def __init__(self, weights: WeightStore, threads: int = 1) -> None:
        self._tracker = FaceTracker(weights, threads)
        self._mesh = FaceMesh(weights.path(MESH_WEIGHTS), threads)

    def find(self, figure: Frame, index: int | None = None) -> Floats:
        """The mesh (468, 3) in pixels of a BGR photo or a BGRA figure with straight alpha.

        `index` counts people from the left; None takes the largest. Raises NoFaceFound,
        FaceTooSmall, FaceIndexOutOfRange.
        """
        picture = figure if figure.shape[2] == 3 else _on_grey(figure)
        scale = min(1.0, _LONGEST_SIDE / max(picture.shape[:2]))
        if scale < 1:
            picture = np.asarray(
                cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA),
                np.uint8,
            )
        self._tracker.follow(index)
        face = self._tracker(picture)
        if face is None:
            raise self._why_not(index)
        points = self._refined(picture, face) / np.float32(scale)
        side = points[FACE_SIDES[1], :2] - points[FACE_SIDES[0], :2]
        if float(np.linalg.norm(side)) < NARROWEST:
            raise FaceTooSmall(
                f"The face in the picture is narrower than {NARROWEST:.0f} pixels; "
                "use a larger photo, or show the person larger."
            )
        return points

    def _why_not(self, index: int | None) -> NoFaceFound | FaceIndexOutOfRange:
        people = self._tracker.most_faces
        if index is not None and 0 < people <= index:
            return FaceIndexOutOfRange(
                f"The photo shows {people} face(s), so face_index may be 0 to {people - 1}; "
                "0 is the leftmost, and without face_index the largest face is taken."
            )
        return NoFaceFound(
            "No face was found in the photo; use one of a person from the front, in good light."
        )

    def _refined(self, picture: Frame, face: Face) -> Floats:
        """The mean of several looks: one alone is off by a pixel in 192."""
        roi = Roi.around_mesh(face.points)
        looks = [
            self._mesh(picture, Roi(roi.x, roi.y, roi.side * size, roi.angle)).points
            for size in _LOOKS
        ]
        return np.asarray(np.mean(looks, axis=0), np.float32)


def _on_grey(figure: Frame) -> Frame:
    """A figure without the faces that its backdrop may show."""
    alpha = figure[..., 3:].astype(np.uint16)
    mixed = figure[..., :3] * alpha + _BEHIND * (255 - alpha)
    return (mixed // 255).astype(np.uint8)
