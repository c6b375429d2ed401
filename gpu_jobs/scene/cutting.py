"""From an uploaded photo to the person cut out of it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dh_core.errors import FaceIndexOutOfRange, FaceTooSmall, NoFaceFound, PersonNotSeparable
from gpu_jobs.engines.faces.detection import DETECTOR_WEIGHTS, FaceBox, FaceDetector
from gpu_jobs.engines.faces.mesh import MESH_WEIGHTS, FaceMesh
from gpu_jobs.engines.faces.upright import PHOTO_TURNED_WARNING, quarter_turns
from gpu_jobs.engines.matting.foreground import foreground_colours
from gpu_jobs.engines.registry import MATTING
from gpu_jobs.media.pictures.decoder import Picture
from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.scene.build import Person
from gpu_jobs.weights.store import WeightStore

Pixels = NDArray[np.uint8]

_LEAST_FACE: Final = 40  # pixels from side to side: below, lips are a smear at any size
_CUT_OUT_SHARE: Final = 0.03  # of see-through pixels that make an alpha channel a cut-out
_SPILL_REACH: Final = 0.06  # how far the background's colour is taken out, in roots of the area
_MARGIN: Final = 2


class PersonCutter:
    """Holds the face detector and the matting network."""

    def __init__(self, weights: WeightStore, threads: int) -> None:
        self._detector = FaceDetector(weights.path(DETECTOR_WEIGHTS), threads)
        self._mesh = FaceMesh(weights.path(MESH_WEIGHTS), threads)
        self._matter = MATTING.load(MATTING.default, weights, threads)

    def upright(self, picture: Picture) -> Picture:
        """The photo turned so that its faces stand, with a warning; as it is where they do."""
        turns = quarter_turns([_opaque(picture)], self._detector, self._mesh)
        return picture.turned(turns, PHOTO_TURNED_WARNING) if turns else picture

    def cut(self, picture: Picture, face_index: int | None) -> Person:
        """The person with the largest face, or the one of `face_index` counted from the left.

        A photo that is cut out already keeps its own alpha. Raises NoFaceFound, FaceTooSmall,
        FaceIndexOutOfRange and PersonNotSeparable.
        """
        faces = self._faces(picture)
        face = _chosen(faces, face_index)
        if face.width < _LEAST_FACE:
            raise FaceTooSmall(
                f"The face is only {face.width:.0f} pixels wide; use a photo in which it has at "
                f"least {_LEAST_FACE}."
            )
        if picture.alpha is not None and _is_cut_out(picture.alpha):
            alpha = picture.alpha
            _check_face(alpha, face)
        else:
            others = [other for other in faces if other is not face]
            likeness = self._matter.matte(picture.bgr, face, others)
            alpha = np.asarray(np.round(likeness * 255), np.uint8)
        return _person(picture, alpha, face)

    def _faces(self, picture: Picture) -> list[Rectangle]:
        shown = _opaque(picture)
        boxes = self._detector(shown) or self._detector.closely(shown)
        boxes.sort(key=lambda box: box.x)
        return [_rectangle(box) for box in boxes]


def _opaque(picture: Picture) -> Pixels:
    """Grey where it is transparent: an editor may leave anything there, other faces too."""
    if picture.alpha is None:
        return picture.bgr
    solid = cv2.merge([picture.alpha] * 3)
    return np.where(solid > 127, picture.bgr, np.uint8(127))


def _chosen(faces: list[Rectangle], face_index: int | None) -> Rectangle:
    if not faces:
        raise NoFaceFound(
            "No face was found in the photo; use one that shows a person from the front, in good "
            "light."
        )
    if face_index is None:
        return max(faces, key=lambda face: face.height)
    if face_index >= len(faces):
        raise FaceIndexOutOfRange(
            f"The photo shows {len(faces)} face(s), so face_index goes up to {len(faces) - 1}."
        )
    return faces[face_index]


def _rectangle(box: FaceBox) -> Rectangle:
    return Rectangle(box.x - box.width / 2, box.y - box.height / 2, box.width, box.height)


def _is_cut_out(alpha: Pixels) -> bool:
    return float((alpha < 128).mean()) > _CUT_OUT_SHARE


def _check_face(alpha: Pixels, face: Rectangle) -> None:
    top, left = max(0, int(face.y)), max(0, int(face.x))
    inside = alpha[top : int(face.bottom) + 1, left : int(face.right) + 1]
    if inside.size == 0 or inside.mean() < 160:
        raise PersonNotSeparable("The photo's own transparency cuts the face away; use another.")


def _person(picture: Picture, alpha: Pixels, face: Rectangle) -> Person:
    """Cropped to what shows, with colours free of the old background."""
    weight = np.asarray(alpha * np.float32(1 / 255), np.float32)
    reach = max(8, round(_SPILL_REACH * float(np.sqrt((alpha > 127).sum()))))
    colours = foreground_colours(picture.bgr, weight, reach)
    if picture.alpha is not None and _is_cut_out(picture.alpha):
        # Its maker chose the colours of the edge; only what lies beyond them is filled in.
        colours = np.where((alpha > 0)[:, :, None], picture.bgr, colours)
    rows, columns = np.flatnonzero((alpha > 8).any(1)), np.flatnonzero((alpha > 8).any(0))
    top, left = max(0, int(rows[0]) - _MARGIN), max(0, int(columns[0]) - _MARGIN)
    bottom, right = int(rows[-1]) + 1 + _MARGIN, int(columns[-1]) + 1 + _MARGIN
    pixels = np.dstack([colours, alpha])[top:bottom, left:right]
    return Person(np.ascontiguousarray(pixels), face.moved(-left, -top))
