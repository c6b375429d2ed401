"""Text as pixels: the font, a size that gives a wanted height, and legible drawing."""

from __future__ import annotations

import math
import unicodedata
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont, features

_BOLD_PACKAGE: Final = "cvttf-notosanscjk-bold"
_REGULAR_PACKAGE: Final = "cvttf-notosanscjk-regular"
_REFERENCE_SIZE: Final = 256
LANGUAGE: Final = "zh-Hans" if features.check("raqm") else None
"""For every Pillow call that measures or draws: the fonts' own forms are Taiwan's, with commas and
stops in the middle of their squares. Without Raqm Pillow knows no languages."""

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Mn"})
"""Unicode categories of controls, joiners, half pairs, nothing, and marks on other characters."""


def bold_font_path() -> Path:
    """Noto Sans CJK Bold (OFL), from its package; FileNotFoundError when that is missing."""
    return _font_path(_BOLD_PACKAGE)


@cache
def _font_path(package: str) -> Path:
    for file in metadata.files(package) or ():
        path = Path(str(file.locate()))
        if path.suffix == ".otf" and path.is_file():
            return path
    raise FileNotFoundError(f"the package {package} holds no font; run make setup")


@lru_cache(maxsize=16)
def font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """Noto Sans CJK in a size in pixels (of the em square)."""
    return ImageFont.truetype(str(_font_path(_BOLD_PACKAGE if bold else _REGULAR_PACKAGE)), size)


def drawable(text: str) -> tuple[str, bool]:
    """`text` as the font can show it, without empty boxes; and whether a reader misses something.

    A character that the font lacks is written by its compatibility form (mathematical letters,
    ligatures: Unicode NFKC) if the font has that, else left out. Joiners and variation selectors
    are invisible anyway.
    """
    kept: list[str] = []
    lost = False
    for character in unicodedata.normalize("NFC", text):
        plain = unicodedata.normalize("NFKC", character)
        if character == "\n" or _has_glyph(character):
            kept.append(character)
        elif character.isspace():
            kept.append(" ")
        elif plain != character and all(map(_has_glyph, plain)):
            kept.append(plain)
        elif unicodedata.category(character) not in _INVISIBLE:
            lost = True
    return "".join(kept), lost


@cache
def _has_glyph(character: str) -> bool:
    if unicodedata.category(character) in _INVISIBLE:
        return False
    if character.isspace():
        return character in (" ", "\u3000")
    reference = font(32, bold=True)
    # What the font has no glyph for is drawn as its box, the one that U+FFFF gets.
    return _ink(reference, character) != _ink(reference, "\uffff")


def _ink(reference: ImageFont.FreeTypeFont, character: str) -> bytes:
    mask = reference.getmask(character)
    return bytes(mask) + repr(mask.size).encode()


def font_of_glyph_height(text: str, height: int) -> ImageFont.FreeTypeFont:
    """The bold font in the least size at which every glyph of `text` has `height` inked pixels."""
    reference = ImageFont.truetype(str(bold_font_path()), _REFERENCE_SIZE)
    size = max(1, math.ceil(height * _REFERENCE_SIZE / _least_ink(reference, text)))
    font = ImageFont.truetype(str(bold_font_path()), size)
    while _least_ink(font, text) < height:
        size += 1
        font = ImageFont.truetype(str(bold_font_path()), size)
    return font


def _least_ink(font: ImageFont.FreeTypeFont, text: str) -> float:
    """Height in pixels of the lowest of the glyphs, blanks left out."""
    boxes = [font.getbbox(glyph) for glyph in set(text) if not glyph.isspace()]
    if not boxes:
        raise ValueError("there is nothing to draw")
    return min(bottom - top for _, top, _, bottom in boxes)


def draw_text(text: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    """White on a dark stroke and a soft shadow, legible on any background.

    RGBA, cut to the ink with its stroke and shadow.
    """
    stroke = max(2, round(font.size * 0.06))
    halo = 2 * stroke
    left, top, right, bottom = font.getbbox(text, stroke_width=stroke, language=LANGUAGE)
    size = (math.ceil(right - left) + 2 * halo, math.ceil(bottom - top) + 2 * halo)
    origin = (halo - left, halo - top)
    shadow = Image.new("L", size, 0)
    ImageDraw.Draw(shadow).text(
        origin, text, font=font, fill=150, stroke_width=stroke, language=LANGUAGE
    )
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    picture.putalpha(shadow.filter(ImageFilter.GaussianBlur(halo / 2)))
    ink = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(ink).text(
        origin,
        text,
        font=font,
        fill=(255, 255, 255, 255),
        stroke_width=stroke,
        stroke_fill=(0, 0, 0, 220),
        language=LANGUAGE,
    )
    return Image.alpha_composite(picture, ink)
