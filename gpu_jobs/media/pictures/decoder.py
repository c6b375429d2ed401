"""Open uploaded pictures safely: whatever was sent becomes upright 8-bit sRGB, or a clear error.

JPEG, PNG, GIF, WebP, BMP, AVIF and HEIC, in grey, palette, CMYK, 16 bits or with a colour
profile. Of an animation the first frame is taken (that is what every gallery shows of it) and said
so. The size that the header declares is judged before anything is decoded, and decoding happens in
a guarded child with at most `_LIMITS.memory_bytes`, so that no file can take the job's memory with
it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from dh_core.errors import (
    ImageTooLarge,
    ImageTooSmall,
    MediaLimitExceeded,
    UnreadableImage,
    UnreadableMedia,
    UnsupportedImage,
)
from dh_core.files.sniff import HEAD_BYTES, sniff
from gpu_jobs.media.processes.child_process import Child, ProcessLimits

Pixels = NDArray[np.uint8]

MAX_PIXELS: Final = 64_000_000
"""Cameras and phones take up to 61 megapixels; those that say 100 or 200 send less by default."""
MIN_SIDE: Final = 16
LONGEST_SIDE: Final = 2160
"""Larger pictures are scaled down to it: no output of ours shows more."""

ANIMATED_WARNING: Final = "animated_image_first_frame"
DAMAGED_WARNING: Final = "input_damaged"

_WORKER: Final = Path(__file__).with_name("worker.py")
_LIMITS: Final = ProcessLimits(
    stall_seconds=45.0, wall_seconds=90.0, cpu_seconds=60, memory_bytes=1400 << 20, file_bytes=0
)
_HEADER_BYTES: Final = 512
_FORMATS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/avif": "AVIF",
    "image/heic": "HEIF",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: `bgr` (H, W, 3) uint8; `alpha` (H, W) uint8 where anything shows through.

    An alpha channel that is opaque everywhere counts as none. `warnings` are codes for the client.
    """

    bgr: Pixels
    alpha: Pixels | None = None
    warnings: tuple[str, ...] = ()

    def turned(self, quarter_turns: int, warning: str) -> Self:
        """The picture turned clockwise, and a warning that says so."""
        return replace(
            self,
            bgr=np.ascontiguousarray(np.rot90(self.bgr, -quarter_turns)),
            alpha=None
            if self.alpha is None
            else np.ascontiguousarray(np.rot90(self.alpha, -quarter_turns)),
            warnings=(*self.warnings, warning),
        )


def open_picture(path: Path, *, longest_side: int = LONGEST_SIDE) -> Picture:
    """Decode an upload.

    Raises UnreadableImage (damaged, incomplete), UnsupportedImage, ImageTooLarge, ImageTooSmall and
    MediaLimitExceeded.
    """
    with path.open("rb") as file:
        sniffed = sniff(file.read(HEAD_BYTES))
    if sniffed is None:
        raise UnreadableImage
    if sniffed.mime not in _FORMATS:
        raise UnsupportedImage
    limits = [str(number) for number in (MAX_PIXELS, MIN_SIDE, longest_side)]
    # By its path and isolated (-I): no import path, start-up file or variable of ours leaks in.
    argv = [sys.executable, "-I", str(_WORKER), _FORMATS[sniffed.mime], str(path), *limits]
    try:
        return _read(argv, longest_side)
    except UnreadableMedia as error:
        raise UnreadableImage from error


def _read(argv: list[str], longest_side: int) -> Picture:
    buffer = np.empty(_HEADER_BYTES + longest_side * longest_side * 4, np.uint8)
    with Child(argv, stdout=True, limits=_LIMITS) as child:
        size = child.read_into(buffer.data.cast("B"))
        child.finish()
        said = child.said
    line, _, _ = bytes(buffer[: min(size, _HEADER_BYTES)]).partition(b"\n")
    facts = json.loads(line)
    _check(facts)
    shape = facts["height"], facts["width"], facts["channels"]
    start = len(line) + 1
    pixels = buffer[start : start + int(np.prod(shape))].reshape(shape)
    found = {
        ANIMATED_WARNING: facts["is_animated"],
        DAMAGED_WARNING: "Corrupt JPEG data" in said,
    }
    warnings = tuple(code for code, is_so in found.items() if is_so)
    bgr = np.ascontiguousarray(pixels[:, :, :3])
    if facts["channels"] == 3 or pixels[:, :, 3].min() == 255:
        return Picture(bgr, None, warnings)
    return Picture(bgr, np.ascontiguousarray(pixels[:, :, 3]), warnings)


def _check(facts: dict[str, int | str]) -> None:
    refused = facts.get("refused")
    if refused == "memory":
        raise MediaLimitExceeded
    if refused == "too_large":
        raise ImageTooLarge(
            f"The picture has {facts['width']} x {facts['height']} pixels; at most "
            f"{MAX_PIXELS // 1_000_000} megapixels can be used. Scale it down and upload it again."
        )
    if refused == "too_small":
        raise ImageTooSmall(
            f"The picture has {facts['width']} x {facts['height']} pixels; "
            f"each side needs at least {MIN_SIDE}. Upload a larger one."
        )


def read_own(path: Path) -> Pixels | None:
    """A picture that `write_png` or `write_jpeg` made, BGR or BGRA; None when it is damaged.

    Our own file needs no guarding. Never for an upload: see `open_picture`.
    """
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return None if pixels is None else np.asarray(pixels, np.uint8)


def write_png(path: Path, pixels: Pixels) -> None:
    """BGR or BGRA pixels as a PNG, quickly rather than small."""
    _write(path, ".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 3])


def write_jpeg(path: Path, pixels: Pixels, quality: int = 94) -> None:
    """BGR pixels as a JPEG."""
    _write(path, ".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])


def _write(path: Path, suffix: str, pixels: Pixels, options: list[int]) -> None:
    written, data = cv2.imencode(suffix, pixels, options)
    if not written:
        raise ValueError(f"{pixels.shape} {pixels.dtype} cannot be a {suffix} file")
    path.write_bytes(data.tobytes())
