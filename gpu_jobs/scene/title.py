"""The title: where it goes, how large, in which colour, and its pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFilter

from dh_core.specs.scene import SceneParameters
from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.media.subtitles.typography import LANGUAGE, drawable, font
from gpu_jobs.scene.layer import Layer
from gpu_jobs.scene.wrapping import Measure, wrap

Pixels = NDArray[np.uint8]

CHARACTERS_WARNING: Final = "title_characters_left_out"
SHRUNK_WARNING: Final = "title_shrunk"
MOVED_WARNING: Final = "title_moved"

_MARGIN: Final = 0.03  # of the canvas's shorter side
_LINE_HEIGHT: Final = 1.28  # of the font size
_ASCENT: Final = 0.88  # of the font size, from the top of a Chinese character to the base line
_LEAST_COLUMN: Final = 0.5  # of the canvas's width: a title far right is moved rather than squeezed
_MOST_HEIGHT: Final = 0.5  # of the canvas's height
_SMALLEST: Final = 12
_REFERENCE_SIZE: Final = 100
_MOVED: Final = 2  # pixels that nobody notices
_DARK: Final = (24, 24, 24)
_LIGHT: Final = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Title(Layer):
    """Drawn text. `box` is where the letters are, `lines` what they say, `font_size` their size."""

    box: Rectangle
    lines: tuple[str, ...]
    font_size: int


@dataclass(frozen=True, slots=True)
class LaidTitle:
    """A title, or None where nothing is to be drawn, and codes of what was changed."""

    title: Title | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines set in one size; sizes in pixels, `x`, `y` the top left corner of the letters' box."""

    lines: tuple[str, ...]
    font_size: int
    x: int
    y: int
    width: int
    height: int


def lay_title(parameters: SceneParameters, picture: Pixels) -> LaidTitle:
    """Set the title of `parameters` on a picture, BGR (H, W, 3), that it will be laid over."""
    text, lost = drawable((parameters.title_text or "").strip())
    warnings = [CHARACTERS_WARNING] if lost else []
    if not text.strip():
        return LaidTitle(None, tuple(warnings))
    height, width = picture.shape[:2]
    block = _fitted(text, parameters, width, height)
    if block.font_size < parameters.title_font_size:
        warnings.append(SHRUNK_WARNING)
    asked = parameters.title_position
    if max(abs(block.x - asked[0]), abs(block.y - asked[1])) > _MOVED:
        warnings.append(MOVED_WARNING)
    return LaidTitle(_drawn(block, parameters, picture), tuple(warnings))


def _fitted(text: str, parameters: SceneParameters, width: int, height: int) -> _Block:
    """The title in the wanted size and place, or as near to both as the canvas allows."""
    letters = font(_REFERENCE_SIZE, bold=parameters.title_bold)

    @cache
    def ems(piece: str) -> float:
        return letters.getlength(piece, language=LANGUAGE) / _REFERENCE_SIZE

    size = parameters.title_font_size
    block = _block(text, size, parameters.title_position, ems, width, height)
    while block.height > _MOST_HEIGHT * height and size > _SMALLEST:
        size = max(_SMALLEST, min(size - 1, round(size * 0.94)))
        block = _block(text, size, parameters.title_position, ems, width, height)
    return block


def _block(
    text: str, size: int, wanted: tuple[int, int], ems: Measure, width: int, height: int
) -> _Block:
    """The lines in this size; `ems` measures in units of the size."""
    margin = round(_MARGIN * min(width, height))
    column = min(width - 2 * margin, max(width - margin - wanted[0], _LEAST_COLUMN * width))
    lines = tuple(wrap(text, column / size, ems))
    across = max(1, math.ceil(size * max(map(ems, lines))))
    down = round(size * (1 + _LINE_HEIGHT * (len(lines) - 1)))
    x = max(0, min(wanted[0], width - margin - across))
    y = max(0, min(wanted[1], height - margin - down))
    return _Block(lines, size, x, y, across, down)


def _drawn(block: _Block, parameters: SceneParameters, picture: Pixels) -> Title:
    beneath = picture[block.y : block.y + block.height, block.x : block.x + block.width]
    fill, edge = _colours(parameters.title_color, beneath)
    letters = font(block.font_size, bold=parameters.title_bold)
    stroke = max(1, round(block.font_size * 0.045))
    halo = 3 * stroke + 2
    # Ink may reach over the letters' box (descenders); what the canvas has no room for is cut.
    size = (block.width + 2 * halo, block.height + 2 * halo + round(0.3 * block.font_size))
    ink = Image.new("RGBA", size, (*edge, 0))
    shadow = Image.new("L", size, 0)
    for number, line in enumerate(block.lines):
        at = (float(halo), halo + (_ASCENT + number * _LINE_HEIGHT) * block.font_size)
        for layer, colour, border in ((shadow, 120, 120), (ink, (*fill, 255), (*edge, 235))):
            ImageDraw.Draw(layer).text(
                at,
                line,
                font=letters,
                fill=colour,
                stroke_width=stroke,
                stroke_fill=border,
                anchor="ls",
                language=LANGUAGE,
            )
    picture_of = Image.new("RGBA", size, (*edge, 0))
    picture_of.putalpha(shadow.filter(ImageFilter.GaussianBlur(halo / 2)))
    whole = np.asarray(Image.alpha_composite(picture_of, ink))[:, :, [2, 1, 0, 3]]
    return _cut_to(block, whole, halo, picture.shape[1], picture.shape[0])


def _cut_to(block: _Block, whole: Pixels, halo: int, width: int, height: int) -> Title:
    x, y = block.x - halo, block.y - halo
    left, top = max(0, -x), max(0, -y)
    pixels = whole[top : top + height - max(0, y), left : left + width - max(0, x)]
    box = Rectangle(block.x, block.y, block.width, block.height)
    return Title(
        np.ascontiguousarray(pixels),
        max(0, x),
        max(0, y),
        box,
        block.lines,
        block.font_size,
    )


def _colours(
    asked: str | None, beneath: Pixels
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Fill and edge, RGB: light on dark or dark on light, whichever stands out more."""
    if asked is not None:
        red, green, blue = ImageColor.getrgb(asked)[:3]
        fill = (red, green, blue)
        return fill, _DARK if _luminance(np.array([fill])) > 0.18 else _LIGHT
    behind = _luminance(beneath.reshape(-1, 3)[:, ::-1])
    # Contrast ratios of WCAG 2.2 with white and with near-black letters.
    with_light = 1.05 / (behind + 0.05)
    with_dark = (behind + 0.05) / (_luminance(np.array([_DARK])) + 0.05)
    # Light letters with a dark edge read well on anything but a really bright ground.
    return (_DARK, _LIGHT) if with_dark > 2.5 * with_light else (_LIGHT, _DARK)


def _luminance(colours: NDArray[np.generic]) -> float:
    """Mean relative luminance (WCAG) of sRGB colours (N, 3), 0…1."""
    values = np.asarray(colours, np.float32) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float((linear @ np.array([0.2126, 0.7152, 0.0722])).mean())
