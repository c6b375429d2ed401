"""Where things go on the canvas. Pure: sizes and rectangles in, placements out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dh_core.specs.scene import CANVAS_SIZES
from gpu_jobs.media.pictures.rectangle import Rectangle

Size = tuple[int, int]
"""Width, height."""

LONG_SIDE, SHORT_SIDE = 1920, 1080
_LEAST_SHORT_SIDE: Final = 480
_MOST_ELONGATED: Final = 2.4
"""The longest shape of a canvas that follows its background: about that of cinema film."""

_HEAD_ROOM: Final = 0.09
_TALL_HEAD_ROOM: Final = 0.17
"""Of the canvas's height above the head; tall canvases have more, for the title."""
_FEET: Final = 0.965
"""Where a whole person stands, of the canvas's height."""
_BUST_WIDTH, _WHOLE_WIDTH = 1.06, 0.92
"""Most of the canvas's width that a person takes up; a bust may lose a bit of the shoulders."""
_LARGEST_FACE: Final = (0.62, 0.5)
"""Of the canvas's width and height: the face is not blown up beyond it to hide a cut."""
_FACE_SHARE: Final = 0.7
"""How much the face, rather than the whole outline, decides what is centred."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A cut-out person: their box in the cut-out's pixels, and where the photo's edge cut them.

    `cut_left`, `cut_right`: y of the topmost pixel at that edge, None where the person is whole.
    """

    box: Rectangle
    face: Rectangle
    cut_left: float | None = None
    cut_right: float | None = None
    cut_top: bool = False
    cut_bottom: bool = True


@dataclass(frozen=True, slots=True)
class Placement:
    """A pixel (x, y) of the cut-out comes to (left + scale x, top + scale y) on the canvas."""

    scale: float
    left: float
    top: float

    def of(self, rectangle: Rectangle) -> Rectangle:
        return rectangle.scaled(self.scale).moved(self.left, self.top)


def canvas_size(aspect: str, background: Size) -> Size:
    """Even width and height of the output for a background of that size."""
    if aspect in CANVAS_SIZES:
        return CANVAS_SIZES[aspect]
    width = min(background[0], background[1] * _MOST_ELONGATED)
    height = min(background[1], background[0] * _MOST_ELONGATED)
    short, long = sorted((width, height))
    scale = min(1.0, LONG_SIDE / long, SHORT_SIDE / short)
    scale = max(scale, min(_LEAST_SHORT_SIDE / short, LONG_SIDE / long))
    return _even(width * scale), _even(height * scale)


def cover(picture: Size, canvas: Size) -> Rectangle:
    """The largest part of a picture, in its middle, that has the canvas's shape."""
    scale = max(canvas[0] / picture[0], canvas[1] / picture[1])
    width, height = canvas[0] / scale, canvas[1] / scale
    return Rectangle((picture[0] - width) / 2, (picture[1] - height) / 2, width, height)


def place(
    outline: Outline, canvas: Size, scale: float = 1.0, position: tuple[int, int] | None = None
) -> Placement:
    """Frame a person: head room above, the crop line or the feet below, cuts out of sight.

    `scale` is against the size chosen here; `position`: where the middle of the person's lower
    edge is to be, kept so that the face stays on the canvas and no crop line floats.
    """
    width, height = canvas
    size = _framed_scale(outline, canvas) * scale
    box, face = outline.box.scaled(size), outline.face.scaled(size)
    middle = _FACE_SHARE * face.middle + (1 - _FACE_SHARE) * box.middle
    # A pixel beyond the edge: resampling makes the cut-out's last row see-through.
    floor = height + size + 1 if outline.cut_bottom else height * _FEET
    if position is not None:
        left, top = position[0] - box.middle, position[1] - box.bottom
        if outline.cut_bottom:
            top = max(top, floor - box.bottom)
    else:
        left = width / 2 - middle
        head = max(floor - box.height, _head_room(canvas) if scale <= 1 else 0.0)
        top = head - box.y
        left = _held(left, box, outline, width)
    left = _clamped(left, -face.x, width - face.right)
    top = _clamped(top, -face.y, height - face.bottom)
    return Placement(size, left, top)


def _framed_scale(outline: Outline, canvas: Size) -> float:
    width, height = canvas
    whole = not outline.cut_bottom
    room = height - _head_room(canvas) - ((1 - _FEET) * height if whole else 0)
    tallest = room / outline.box.height
    widest = (_WHOLE_WIDTH if whole else _BUST_WIDTH) * width / outline.box.width
    framed = max(min(tallest, widest), _hiding(outline, canvas, room))
    largest = min(_LARGEST_FACE[0] * width, _LARGEST_FACE[1] * height)
    return min(framed, largest / outline.face.height)


def _hiding(outline: Outline, canvas: Size, room: float) -> float:
    """The least scale at which no side cut shows."""
    box, face = outline.box, outline.face
    needed = 0.0
    for cut, reach in (
        (outline.cut_left, face.middle - box.x),
        (outline.cut_right, box.right - face.middle),
    ):
        if cut is not None:
            # Out of sight either beyond the canvas's side or below its lower edge.
            sideways = (canvas[0] / 2 + 2) / max(reach, 1.0)
            needed = max(needed, min(sideways, (room + 2) / max(cut - box.y, 1.0)))
    return needed


def _held(left: float, box: Rectangle, outline: Outline, width: int) -> float:
    """`left`, shifted so that shoulders stay in sight and cut sides out of it, where both fit."""
    low, high = -box.x, width - box.right  # the outline begins, ends at the canvas's edges
    if outline.cut_left is not None and outline.cut_right is not None:
        return _clamped(left, high, low) if box.width >= width else left
    if outline.cut_left is not None:
        return min(left, low)
    if outline.cut_right is not None:
        return max(left, high)
    return _clamped(left, low, high) if box.width <= width else left


def _head_room(canvas: Size) -> float:
    width, height = canvas
    return height * (_TALL_HEAD_ROOM if height > 1.2 * width else _HEAD_ROOM)


def _clamped(value: float, low: float, high: float) -> float:
    return min(max(value, min(low, high)), max(low, high))


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))
