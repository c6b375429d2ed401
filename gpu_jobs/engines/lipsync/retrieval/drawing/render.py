"""Put a wanted mouth into a frame: bend the jaw, lay a fitting mouth over it, hide the join."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import (
    CHIN,
    JAW,
    LIP_BOTTOM_INNER,
    LIP_TOP_INNER,
    LIPS,
    LIPS_OUTER,
    LOWER_LIP_INNER,
    NOSE_BASE,
    NOSTRILS,
    UPPER_LIP_INNER,
    FloatArray,
    eye_distance,
    inverse,
    lip_gap,
    transform,
)
from gpu_jobs.engines.lipsync.blending import FEATHER, Window, colour_difference, feathered
from gpu_jobs.engines.lipsync.footage.patch_store import Frame
from gpu_jobs.engines.lipsync.retrieval.drawing import jaw_bend
from gpu_jobs.engines.lipsync.retrieval.drawing.detail import (
    UsualDetail,
    between_lips,
    crisp,
)
from gpu_jobs.engines.lipsync.retrieval.drawing.source_mesh import reading_points
from gpu_jobs.engines.lipsync.retrieval.drawing.warp import MouthTriangles
from gpu_jobs.engines.mouth.shapes import MouthModel

_LIPS_REACH = 0.16  # eye distances around the lips in which the wanted shape holds exactly
_SPEECH_REACH = (0.45, 0.85)  # eye distances from the mouth where jaw and cheeks stop moving
_FOLDS = (206, 426, 207, 427, 216, 436, 214, 434)  # mesh points beyond the nasolabial folds
_MASK_GROWTH = 0.30  # of the lips' outline
_MEETING = 0.02  # eye distances between lips under which a crease shows
_CREASE = 0.45  # of the light is lost in it
_CREASE_WIDTH = 0.006  # eye distances
_FLESH = np.array([1.1, 1.1, 0.8], np.float32)  # what light does between red walls, BGR
_FLESH_LIGHT = (np.arange(256, dtype=np.float32) / 255)[:, None] ** _FLESH  # by 8-bit light


@dataclass(frozen=True, slots=True)
class Mouth:
    """A source picture of a mouth: `picture` (h, w, 3), its `corner` (x, y), its frame's mesh.

    `energy`: of its detail (see detail.mouth_detail). `share`: its part where a cut mixes two.
    """

    picture: Frame
    corner: NDArray[np.int32]
    mesh: FloatArray
    energy: float
    share: float = 1.0

    def parted(self) -> float:
        """0 where its lips meet, 1 where they are clearly apart."""
        return float(np.clip(lip_gap(self.mesh) / _MEETING, 0, 1))


class MouthRenderer:
    """Draws wanted mouths into frames of one person."""

    def __init__(self, model: MouthModel, usual: UsualDetail | None = None) -> None:
        """`usual`: how much detail mouths of this person have, if it is known."""
        self._model = model
        self._usual = usual
        self._triangles = MouthTriangles(model.mean)
        self._exact, self._loose = _influence(model.mean)

    def bend(
        self, mesh: FloatArray, code: FloatArray, to_canonical: FloatArray, wanted: FloatArray
    ) -> FloatArray:
        """The frame's mesh (468, 3) with the wanted canonical mouth (468, 3); (468, 2) pixels.

        Lips take the wanted place exactly. Jaw and cheeks move by the difference between the
        wanted face and the modelled one (`code`), so that their own detail and noise cancel.
        """
        to_frame = inverse(to_canonical)
        placed = transform(wanted, to_frame)[:, :2]
        modelled = transform(self._model.mesh(code), to_frame)[:, :2]
        flat = mesh[:, :2]
        loose = flat + self._loose * (placed - modelled)
        bent: FloatArray = loose + self._exact * (placed - loose)
        return bent

    def draw(
        self, frame: Frame, mesh: FloatArray, bent: FloatArray, mouths: list[Mouth], weight: float
    ) -> Frame:
        """The frame with its lower face bent from `mesh` to `bent` and the mouths laid over.

        `mouths`: what shows there, shares summing to 1. `weight` 0…1 fades the whole
        change. Changes and returns `frame`.
        """
        if weight <= 0:
            return frame
        bent = mesh[:, :2] + weight * (bent - mesh[:, :2])
        unit = eye_distance(mesh)
        jaw_bend.bend(frame, mesh, bent, unit)
        self._lay(frame, bent, unit, mouths, weight)
        return frame

    def _lay(
        self,
        frame: Frame,
        bent: FloatArray,
        unit: float,
        mouths: list[Mouth],
        weight: float,
    ) -> None:
        """Blend the mouths into the bent frame, in place. `unit`: the eye distance in pixels."""
        outline = mask_outline(bent)
        window = Window.around(outline, 2.0 * FEATHER * unit, frame.shape)
        raster = self._triangles.rasterise(bent, window)
        under = frame[window.slices].astype(np.float32)
        laid = np.zeros_like(under)
        for mouth in mouths:
            laid += mouth.share * raster.read(
                mouth.picture, reading_points(mouth.mesh, bent, unit) - mouth.corner
            )
        laid = crisp(
            laid, between_lips(bent) - (window.left, window.top), self._energy(mouths, bent, unit)
        )
        light = _crease(bent, window, unit, sum(mouth.share * mouth.parted() for mouth in mouths))
        dark = light < 255
        laid[dark] *= _FLESH_LIGHT[light[dark]]
        mask = feathered(outline, window, unit)
        laid += colour_difference(under, laid, mask, unit)
        alpha = (weight * mask)[..., None]
        frame[window.slices] = np.clip(under + alpha * (laid - under) + 0.5, 0, 255)

    def _energy(self, mouths: list[Mouth], bent: FloatArray, unit: float) -> float:
        """Of the detail that the drawn mouth is to have."""
        energy = sum(mouth.share * mouth.energy for mouth in mouths)
        if self._usual is None:
            return energy
        gap = bent[LIP_BOTTOM_INNER] - bent[LIP_TOP_INNER]
        return self._usual.mixed(energy, float(np.linalg.norm(gap)) / unit)


def _crease(bent: FloatArray, window: Window, unit: float, parted: float) -> Frame:
    """Light (h, w), up to 255, that is left in the crease between lips that meet.

    Lips of a source mouth that are `parted` (0…1) bring none: flesh would border on flesh, or on a
    rim of wet light. Those that meet bring their own.
    """
    upper, lower = bent[list(UPPER_LIP_INNER)], bent[list(LOWER_LIP_INNER)]
    gap = float(np.linalg.norm(lower - upper, axis=1).max()) / unit
    light = np.full(window.shape, 255, np.uint8)
    depth = _CREASE * parted * float(np.clip(1 - gap / _MEETING, 0, 1))
    if depth > 0:
        line = np.round(((upper + lower) / 2 - (window.left, window.top)) * 16).astype(np.int32)
        thick = max(1, round(2 * _CREASE_WIDTH * unit))
        cv2.polylines(light, [line], False, round(255 * (1 - depth)), thick, cv2.LINE_AA, 4)
        cv2.GaussianBlur(light, (0, 0), max(0.7, _CREASE_WIDTH * unit), dst=light)
    return light


def _influence(mean: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Per point (468, 1): how far it takes the wanted place, and how far it follows speech."""
    lips = mean[list(LIPS), :2]
    distance = np.linalg.norm(mean[:, None, :2] - lips[None], axis=-1).min(1)
    exact = np.clip(1 - distance / _LIPS_REACH, 0, 1)
    centre = lips.mean(0)
    near, far = _SPEECH_REACH
    from_mouth = np.linalg.norm((mean[:, :2] - centre) * (1, 0.8), axis=1)
    below_nose = np.clip((mean[:, 1] - mean[NOSE_BASE, 1] + 0.02) / 0.06, 0, 1)
    loose = np.clip((far - from_mouth) / (far - near), 0, 1) * below_nose
    loose[list(LIPS)] = 1
    return exact[:, None].astype(np.float32), loose[:, None].astype(np.float32)


def mask_outline(bent: FloatArray) -> FloatArray:
    """Convex outline (n, 2) of what the mouth picture covers: lips, chin, up to the nose.

    The folds beside the mouth are in it: a smile's fold beside a rounded mouth looks wrong.
    """
    centre = bent[list(LIPS)].mean(0)
    lips = bent[list(LIPS_OUTER)]
    chin = bent[list(CHIN + JAW[2:-2])]
    nose = bent[[NOSE_BASE, *NOSTRILS]]
    points = np.concatenate(
        [
            lips + _MASK_GROWTH * (lips - centre),
            chin + 0.1 * (centre - chin),
            nose + 0.1 * (centre - nose),
            bent[list(_FOLDS)],
        ]
    )
    return np.asarray(cv2.convexHull(points.astype(np.float32))[:, 0], np.float32)
