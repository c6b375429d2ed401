"""Decode one picture to raw pixels on stdout: run as a script in a guarded child by `pictures.py`.

A decoder that meets a hostile file may crash or eat memory, so this never runs in the job's own
process. Arguments: Pillow's name of the format, the path, the most pixels and the least side that
are accepted (as the header declares them, before anything is decoded) and the longest side wanted.
Prints one line of JSON and, unless that says `refused`, the pixels: BGR or BGRA, uint8, row by row.
Any exception means that the file cannot be read.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import cv2
import numpy as np
import pi_heif
from PIL import Image, ImageCms

HEIF = "HEIF"
ORIENTATION = 0x0112
TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Of EXIF (CIPA DC-008, 4.6.5.1.7); anything else says nothing."""

SIXTEEN_BIT_MODES = ("I", "I;16", "I;16L", "I;16B", "I;16N")


def main(kind: str, path: str, max_pixels: int, min_side: int, longest: int) -> None:
    """Print the description and the pixels."""
    Image.MAX_IMAGE_PIXELS = None  # judged below, with a limit and words of our own
    if kind == HEIF:
        pi_heif.register_heif_opener()  # turns the picture itself, and takes the turn out of EXIF
    with Image.open(path, formats=[kind]) as file:
        width, height = file.size
        if width * height > max_pixels:
            _tell({"refused": "too_large", "width": width, "height": height})
            return
        if min(width, height) < min_side:
            _tell({"refused": "too_small", "width": width, "height": height})
            return
        if kind == "JPEG":
            # Pillow hides what libjpeg says of damage; OpenCV lets it write it to stderr.
            cv2.imread(path, cv2.IMREAD_REDUCED_GRAYSCALE_8)
        # Samsung and Apple append depth maps and previews to a JPEG: that is no animation.
        moves = file.format != "MPO" and getattr(file, "is_animated", False)
        picture = upright(file, longest)
    mode = "BGRA" if picture.mode == "RGBA" else "BGR"
    size = {"width": picture.width, "height": picture.height, "channels": len(mode)}
    _tell({**size, "is_animated": bool(moves)})
    sys.stdout.buffer.write(picture.tobytes("raw", mode))


def upright(file: Image.Image, longest: int) -> Image.Image:
    """The first frame in sRGB as RGB or RGBA, turned as EXIF says, `longest` its longest side."""
    picture: Image.Image = file
    if picture.mode in ("P", "PA", "1") or "transparency" in picture.info:
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    elif picture.mode in SIXTEEN_BIT_MODES:
        # Pillow's own conversion clips at 255 instead of scaling.
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    # Not by Pillow's exif_transpose, which writes the tags anew and fails at a broken one.
    turn = TURNS.get(file.getexif().get(ORIENTATION))
    picture = picture.copy() if turn is None else picture.transpose(turn)
    return _in_srgb(picture, file.info.get("icc_profile"))


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as an ordinary screen shows them; phones write Display P3, printers CMYK."""
    wanted = "RGBA" if picture.has_transparency_data else "RGB"
    if profile and picture.mode in ("RGB", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError):
            converted = None  # a broken profile: the colours are then taken as they stand
        if converted is not None:
            return converted
    return picture if picture.mode == wanted else picture.convert(wanted)


def _tell(facts: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
    except MemoryError:
        _tell({"refused": "memory"})
