"""Subtitles as part of the picture: where they stand, how large, and the drawn line itself.

A line is drawn once, when its time comes; on every frame only its own box is blended.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from dh_core.specs.talking_video import SubtitleStyle
from gpu_jobs.media.pictures.overlay import Overlay
from gpu_jobs.media.subtitles.captions import Cue
from gpu_jobs.media.subtitles.typography import LANGUAGE, drawable, font

MAX_LINES: Final = 2

_SIZE: Final = 0.052
"""Of the shortest side: 56 px at 1080, 18 Chinese characters across a landscape picture."""
_LEAST_SIZE: Final = 8
_SIDE: Final = 0.06
_BOTTOM: Final = 0.07
_TALL_SIDE: Final = 0.09
_TALL_BOTTOM: Final = 0.22
"""In a tall picture a phone's player lays caption, progress bar and buttons over the lowest fifth
(WeChat Channels, Douyin) and a column of buttons over the right edge above it."""
_LOWEST: Final = 0.04
_TALL_LOWEST: Final = 0.08
"""How low lines may go to leave a chin free: the player's caption hides them less than they would
hide what the video is about; its progress bar stays free."""
_TOP: Final = 0.10  # above lines that stand over the head: the visible AI label's row
_LINE_HEIGHT: Final = 1.28
_STROKE: Final = 0.09
_SHADOW: Final = 0.10

Measure = Callable[[str, int], float]
"""Pixels that a text takes at a font size."""


@dataclass(frozen=True, slots=True)
class FaceSpan:
    """Where a face begins at the brows and ends at the chin, its jaw dropped; pixels from above."""

    forehead: float
    chin: float


@dataclass(frozen=True, slots=True)
class Look:
    """How lines look: `size` 1 is what suits the picture, colours are R, G, B."""

    size: float = 1.0
    top: bool = False
    ink: tuple[int, int, int] = (255, 255, 255)
    outline: tuple[int, int, int] = (16, 16, 16)


USUAL: Final = Look()
NO_FACE: Final = FaceSpan(0.0, 0.0)


def lettering(style: SubtitleStyle | None) -> Look:
    """A style as the burner draws it."""
    if style is None:
        return USUAL
    ink, outline = _rgb(style.color), _rgb(style.outline_color)
    return Look(style.size, style.position == "top", ink, outline)


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


@dataclass(frozen=True, slots=True)
class SafeArea:
    """Where subtitles may stand, in pixels: the lines' greatest width, and their lowest edge."""

    width: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One or two lines and their font size in pixels."""

    lines: tuple[str, ...]
    size: int


def safe_area(width: int, height: int, *, face: FaceSpan = NO_FACE, look: Look = USUAL) -> SafeArea:
    """The part of a picture that no player's own controls cover.

    Where two lines would reach over the chin of a `face` they go lower, and where there is no room
    below it, above its forehead. Lines that are to stand at the top go below where a forehead
    leaves no room for them.
    """
    tall = height > width * 1.2
    side, bottom, lowest = (
        (_TALL_SIDE, _TALL_BOTTOM, _TALL_LOWEST) if tall else (_SIDE, _BOTTOM, _LOWEST)
    )
    lines = (MAX_LINES + 0.4) * _LINE_HEIGHT * _wanted_size(width, height, look)
    lower = max(height * (1 - bottom), face.chin + lines)
    above = height * _TOP + lines
    has_room_above = above < face.forehead or face == NO_FACE
    if lower > height * (1 - lowest) or (look.top and has_room_above):
        lower = above if has_room_above else height * (1 - lowest)
    return SafeArea(round(width * (1 - 2 * side)), round(lower))


def arrange(cue: Cue, width: int, height: int, measure: Measure, look: Look = USUAL) -> Arrangement:
    """One line if it fits the safe area, else two, else two in letters small enough."""
    room = safe_area(width, height).width
    size = _wanted_size(width, height, look)
    lines: tuple[str, ...] = (cue.text,)
    if measure(cue.text, size) > room and cue.halves is not None:
        lines = cue.halves
    while size > _LEAST_SIZE and max(measure(line, size) for line in lines) > room:
        size -= 1
    return Arrangement(lines, size)


def _wanted_size(width: int, height: int, look: Look) -> int:
    return max(_LEAST_SIZE, round(min(width, height) * _SIZE * look.size))


class SubtitleBurner:
    """The subtitle of a moment, ready to be laid over the frame. Asked for rising times.

    `face`: where the speaker's is.
    """

    def __init__(
        self,
        cues: Sequence[Cue],
        width: int,
        height: int,
        face: FaceSpan = NO_FACE,
        look: Look = USUAL,
    ) -> None:
        self._cues = [shown for cue in cues if (shown := _drawable(cue)).text]
        self._canvas = (width, height)
        self._bottom = safe_area(width, height, face=face, look=look).bottom
        self._look = look
        self._next = 0
        self._drawn: tuple[int, Overlay] | None = None

    def at(self, seconds: float) -> Overlay | None:
        """What stands on the picture then; the same object as long as it is the same line."""
        while self._next < len(self._cues) and self._cues[self._next].end <= seconds:
            self._next += 1
        if self._next == len(self._cues) or seconds < self._cues[self._next].start:
            return None
        if self._drawn is None or self._drawn[0] != self._next:
            self._drawn = (self._next, self._draw(self._cues[self._next]))
        return self._drawn[1]

    def _draw(self, cue: Cue) -> Overlay:
        width, height = self._canvas
        arranged = arrange(cue, width, height, _measure, self._look)
        picture = _picture(arranged, self._look)
        left = round((width - picture.width) / 2)
        top = self._bottom - picture.height
        pixels = np.asarray(picture)[:, :, [2, 1, 0, 3]]
        return Overlay(pixels, left, top, self._canvas)


def _drawable(cue: Cue) -> Cue:
    """The cue as the font can show it: what would be an empty box is left out."""
    halves = tuple(drawable(half)[0].strip() for half in cue.halves or ())
    both = (halves[0], halves[1]) if all(halves) and halves else None
    return replace(cue, text=drawable(cue.text)[0].strip(), halves=both)


def _measure(text: str, size: int) -> float:
    return font(size, bold=True).getlength(text, language=LANGUAGE)


def _picture(arranged: Arrangement, look: Look) -> Image.Image:
    """Letters with an outline and a soft shadow; white and dark ones are legible on any ground."""
    letters = font(arranged.size, bold=True)
    stroke = max(1, round(arranged.size * _STROKE))
    halo = max(2, round(arranged.size * _SHADOW)) + stroke
    pitch = round(arranged.size * _LINE_HEIGHT)
    longest = max(letters.getlength(line, language=LANGUAGE) for line in arranged.lines)
    width = math.ceil(longest) + 2 * halo
    height = pitch * len(arranged.lines) + 2 * halo
    shadow = Image.new("L", (width, height), 0)
    ink = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    for number, line in enumerate(arranged.lines):
        at = (width / 2, halo + pitch * (number + 0.5))
        ImageDraw.Draw(shadow).text(
            at,
            line,
            font=letters,
            language=LANGUAGE,
            anchor="mm",
            fill=160,
            stroke_width=stroke + 1,
        )
        ImageDraw.Draw(ink).text(
            at,
            line,
            font=letters,
            language=LANGUAGE,
            anchor="mm",
            fill=(*look.ink, 255),
            stroke_width=stroke,
            stroke_fill=(*look.outline, 255),
        )
    picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    picture.putalpha(shadow.filter(ImageFilter.GaussianBlur(halo / 3)))
    return Image.alpha_composite(picture, ink)
