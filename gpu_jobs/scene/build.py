"""From a cut-out person, a background and parameters to the layers of one picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dh_core.specs.scene import SceneParameters
from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.scene.harmony import cast_shadow, matched_colours
from gpu_jobs.scene.label import place_label
from gpu_jobs.scene.layer import Layer
from gpu_jobs.scene.layout import Outline, Placement, Size, canvas_size, cover, place
from gpu_jobs.scene.title import Title, lay_title

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

LOW_RESOLUTION_WARNING = "person_low_resolution"
_MUCH_ENLARGED = 2.5
_FADE = 0.045  # of the shorter side of the person: where a photo's edge cut them in plain sight
_SIDE_FADE = 0.6  # of the room beside the face: a shoulder that ends upright looks cut by scissors
_DOME = 0.22  # how much lower than its middle a flat cut head ends at the sides, of half its width
_SOLID = 128  # alpha from which a pixel counts as the person


@dataclass(frozen=True, slots=True)
class Person:
    """Someone cut out of a photo: straight-alpha BGRA (H, W, 4) uint8, and their face in it.

    Where the person reaches the edge of these pixels, the photo's edge cut them.
    """

    pixels: Pixels
    face: Rectangle


@dataclass(frozen=True, slots=True)
class Scene:
    """The layers of a picture, all of one even size (H, W), to be laid over each other in order.

    `backdrop`: BGR (H, W, 3) with the person's shadow, without the person. `figure`: straight-alpha
    BGRA (H, W, 4), the person in their place. `title`: laid over both, or None. `label`: the
    visible AI label, in a corner that the title leaves free. `face`: on the canvas. `warnings`:
    codes of what could not be done as asked.
    """

    backdrop: Pixels
    figure: Pixels
    title: Title | None
    label: Layer | None
    face: Rectangle
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> Size:
        """Width, height."""
        return self.backdrop.shape[1], self.backdrop.shape[0]

    def still(self) -> Pixels:
        """The picture as it stands, BGR (H, W, 3), title and label included."""
        picture = laid_over(self.backdrop, self.figure)
        self.write_on(picture)
        return picture

    def write_on(self, frame: Pixels) -> None:
        """Draw title and label on a BGR frame (H, W, 3), in place."""
        if self.title is not None:
            self.title.draw_on(frame)
        if self.label is not None:
            self.label.draw_on(frame)


def build_scene(person: Person, background: Pixels, parameters: SceneParameters) -> Scene:
    """Arrange a person before a background, BGR (H, W, 3) of any size, under a title."""
    canvas = canvas_size(parameters.aspect, background.shape[1::-1])
    backdrop = _fitted(background, canvas)
    outline = outline_of(person)
    placement = place(outline, canvas, parameters.person_scale, parameters.person_position)
    figure = _placed(person, outline, placement, canvas)
    matched_colours(figure, backdrop)
    cast_shadow(backdrop, figure, stands=not outline.cut_bottom)
    warnings = (LOW_RESOLUTION_WARNING,) if placement.scale > _MUCH_ENLARGED else ()
    laid = lay_title(parameters, laid_over(backdrop, figure))
    face = placement.of(person.face)
    label = place_label(canvas, laid.title.box if laid.title else None, face)
    return Scene(backdrop, figure, laid.title, label, face, warnings + laid.warnings)


def laid_over(under: Pixels, over: Pixels) -> Pixels:
    """A straight-alpha BGRA picture over a BGR one of the same size: BGR, new."""
    alpha = cv2.merge([over[:, :, 3]] * 3)
    shown = cv2.multiply(over[:, :, :3], alpha, scale=1 / 255)
    rest = cv2.multiply(under, cv2.bitwise_not(alpha), scale=1 / 255)
    return np.asarray(cv2.add(shown, rest), np.uint8)


def outline_of(person: Person) -> Outline:
    """Where the person is in the cut-out's pixels, and which edges cut them."""
    solid = person.pixels[:, :, 3] >= _SOLID
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if not len(rows):
        raise ValueError("the cut-out is empty")
    top, left = int(rows[0]), int(columns[0])
    height, width = int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left
    at_left, at_right = np.flatnonzero(solid[:, 0]), np.flatnonzero(solid[:, -1])
    return Outline(
        Rectangle(left, top, width, height),
        person.face,
        cut_left=float(at_left[0]) if len(at_left) else None,
        cut_right=float(at_right[0]) if len(at_right) else None,
        cut_top=bool(solid[0].any()),
        cut_bottom=bool(solid[-1].any()),
    )


def _fitted(background: Pixels, canvas: Size) -> Pixels:
    height, width = background.shape[:2]
    part = cover((width, height), canvas)
    top, left = round(part.y), round(part.x)
    cut = background[
        top : top + max(1, round(part.height)), left : left + max(1, round(part.width))
    ]
    return _resized(cut, canvas)


def _resized(picture: Pixels, size: Size) -> Pixels:
    if picture.shape[1::-1] == size:
        return picture.copy()
    shrinks = size[0] < picture.shape[1]
    quality = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=quality), np.uint8)


def _placed(person: Person, outline: Outline, placement: Placement, canvas: Size) -> Pixels:
    """The cut-out on the canvas, straight alpha; cut edges that show are faded."""
    alpha = _faded(person.pixels[:, :, 3], outline, placement, canvas)
    scale = placement.scale
    # Colours and alpha move apart: the colours beyond the edge are the person's own, decontaminated
    # ones, so that no dark fringe of premultiplied nothing is mixed in.
    colours = person.pixels[:, :, :3]
    if scale < 1:
        size = max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale))
        factor = np.array([size[0] / alpha.shape[1], size[1] / alpha.shape[0]])
        colours = np.asarray(cv2.resize(colours, size, interpolation=cv2.INTER_AREA), np.uint8)
        alpha = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.uint8)
        scale_x, scale_y = scale / factor
    else:
        scale_x = scale_y = scale
    # The middle of a pixel is half a pixel from its corner, before and after.
    matrix = np.array(
        [
            [scale_x, 0, placement.left + scale_x / 2 - 0.5],
            [0, scale_y, placement.top + scale_y / 2 - 0.5],
        ]
    )
    quality = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    moved = cv2.warpAffine(colours, matrix, canvas, flags=quality, borderMode=cv2.BORDER_REPLICATE)
    seen = cv2.warpAffine(alpha, matrix, canvas, flags=quality, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(cv2.merge([*cv2.split(moved), seen]), np.uint8)


def _faded(alpha: Pixels, outline: Outline, placement: Placement, canvas: Size) -> Pixels:
    """`alpha`, let go softly toward each cut edge that would show on the canvas."""
    height, width = alpha.shape
    on_canvas = placement.of(Rectangle(0, 0, width, height))
    length = max(2.0, _FADE * min(outline.box.width, outline.box.height))
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) + np.float32(0.5)
    kept = np.ones((height, width), np.float32)
    if outline.cut_left is not None and on_canvas.x > 0.5:
        kept *= _smooth(columns / max(length, _SIDE_FADE * outline.face.x))
    if outline.cut_right is not None and on_canvas.right < canvas[0] - 0.5:
        kept *= _smooth((width - columns) / max(length, _SIDE_FADE * (width - outline.face.right)))
    if outline.cut_top and on_canvas.y > 0.5:
        # A head cut flat is rounded off: that looks like hair, a straight line like scissors.
        cut = np.flatnonzero(alpha[0] >= _SOLID)
        half = max(1.0, np.ptp(cut) / 2)
        off = np.clip((columns - cut.mean()) / half, -1.2, 1.2) ** 2
        kept *= _smooth((rows - _DOME * half * off) / (0.6 * length))
    if outline.cut_bottom and on_canvas.bottom < canvas[1] - 1:
        kept *= _smooth((height - rows) / length)
    return np.asarray(np.round(alpha * kept), np.uint8)


def _smooth(ramp: Floats) -> Floats:
    ramp = np.clip(ramp, 0, 1)
    return np.asarray(ramp * ramp * (3 - 2 * ramp), np.float32)
