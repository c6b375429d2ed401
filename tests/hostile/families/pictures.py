"""Pictures: every format and mode, EXIF turns, animations, and small files that unfold hugely."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.hostile.case import Case, Make, Studio, content

_MODES = {
    "png": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "jpeg": ("L", "RGB", "CMYK"),
    "gif": ("P", "L"),
    "webp": ("RGB", "RGBA"),
    "bmp": ("1", "L", "P", "RGB", "RGBA"),
    "avif": ("RGB", "RGBA"),
    "tiff": ("RGB", "CMYK", "F"),
    "ico": ("RGBA",),
    "jpeg2000": ("RGB",),
    "ppm": ("RGB",),
    "tga": ("RGB",),
    "pcx": ("RGB",),
    "dds": ("RGB",),
}
_NAMES = {"jpeg": "jpg", "jpeg2000": "jpg", "tiff": "png"}
_SIZES = (
    (1, 1), (15, 15), (16, 16), (16, 4000), (4000, 16), (2, 60_000), (8000, 8000), (8001, 8001),
    (12_000, 5_000), (65_000, 20),
)  # fmt: skip


def cases() -> Iterator[Case]:
    for form, modes in _MODES.items():
        for mode in modes:
            name = f"{form}-{mode.replace(';', '')}"
            yield _picture(name, _saved(form, mode), _NAMES.get(form, form))
    for turn in range(10):
        yield _picture(f"exif-{turn}", _with_exif(turn), "jpg", "person")
    for width, height in _SIZES:
        make = _blank(width, height)
        yield _picture(f"size-{width}x{height}", make, "png", "background", "person")
    for form in ("gif", "webp", "png", "avif"):
        yield _picture(f"animated-{form}", _animated(form), form, "background")
    for name, make in _BOMBS.items():
        yield _picture(name, make, "png", "background", "person")
    yield _picture("heic-of-a-phone", _renamed_avif(b"heic"), "heic", "background", "person")
    yield _picture("heif-mif1", _renamed_avif(b"mif1"), "heic")
    yield _picture("avif-sequence", _renamed_avif(b"avis"), "avif")
    yield _picture("svg", content('<svg xmlns="http://www.w3.org/2000/svg"/>'), "png")
    yield _picture("jxl", _ffmpeg_still("libjxl", "image2pipe"), "png")
    yield _picture("qoi", _ffmpeg_still("qoi", "image2pipe"), "png")
    yield _picture("progressive", _saved("jpeg", "RGB", progressive=True), "jpg", "person")
    yield _picture("transparent", _flat((0, 0, 0, 0)), "png", "person", "background")
    yield _picture("half-transparent", _flat((200, 100, 50, 128)), "png", "person", "background")
    yield _picture("black", _flat((0, 0, 0, 255)), "png", "person", "background")
    yield _picture("upside-down", _upside_down, "png", "person")
    yield _picture("mpo-of-a-phone", _mpo, "jpg", "person", "background")
    yield _picture("broken-profile", _saved("jpeg", "RGB", icc_profile=b"not a profile"), "jpg")
    yield _picture("profile-of-a-megabyte", _saved("png", "RGB", icc_profile=bytes(1 << 20)), "png")


def _picture(name: str, make: Make, extension: str, *uses: str) -> Case:
    return Case(f"pictures/{name}", "image", f"me.{extension}", make, uses)


def _saved(form: str, mode: str, **options: Any) -> Make:
    def make(studio: Studio, path: Path) -> None:
        picture = Image.open(studio.photo)
        if mode == "I;16":
            picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
        else:
            picture = picture.convert(mode)
        if form == "ico":
            picture = picture.resize((256, 256))
        picture.save(path, format=form, **options)

    return make


def _with_exif(turn: int) -> Make:
    def make(studio: Studio, path: Path) -> None:
        picture = Image.open(studio.photo).convert("RGB")
        exif = Image.Exif()
        exif[0x0112] = turn
        picture.save(path, format="JPEG", exif=exif)

    return make


def _blank(width: int, height: int) -> Make:
    """A flat PNG, written without holding it."""

    def make(studio: Studio, path: Path) -> None:
        path.write_bytes(_png(width, height, colour=2, rows=height))

    return make


def _png(width: int, height: int, *, colour: int, rows: int, more: bytes = b"") -> bytes:
    """`rows` of the declared rows are there, all zero."""
    channels = {0: 1, 2: 3, 3: 1, 6: 4}[colour]
    packer = zlib.compressobj(9)
    row = bytes(1 + width * channels)
    data = b"".join(packer.compress(row) for _ in range(rows)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + more
        + _chunk(b"IDAT", data)
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return len(data).to_bytes(4, "big") + kind + data + checksum.to_bytes(4, "big")


def _animated(form: str) -> Make:
    def make(studio: Studio, path: Path) -> None:
        photo = Image.open(studio.photo).convert("RGB")
        frames = [photo.rotate(degrees) for degrees in (5, 10, 15)]
        photo.save(path, format=form, save_all=True, append_images=frames, duration=100)

    return make


def _gif_bomb(studio: Studio, path: Path) -> None:
    """A canvas of 65,535 squared, and a thousand frames."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    screen = struct.pack("<HHBBB", 65_535, 65_535, 0x80, 0, 0)
    path.write_bytes(b"GIF89a" + screen + bytes(6) + frame * 1000 + b"\x3b")


def _text_bomb(kind: bytes, unfolded: int) -> bytes:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(unfolded >> 20))
    packed += packer.flush()
    heads = {b"zTXt": b"Comment\0\0", b"iTXt": b"XML:com.adobe.xmp\0\1\0\0\0", b"iCCP": b"icc\0\0"}
    return _chunk(kind, heads[kind] + packed)


def _bytes_of(make: Callable[[], bytes]) -> Make:
    return lambda studio, path: path.write_bytes(make()) and None


def _bmp_bomb() -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0,
                               0, 0, 0, 0)  # fmt: skip


def _jpeg_bomb() -> bytes:
    """A frame header of 65,535 squared before a scan of a few bytes."""
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, format="JPEG")
    data = bytearray(file.getvalue())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    return bytes(data)


_BOMBS: dict[str, Make] = {
    "bomb-png-64-megapixels": _bytes_of(lambda: _png(8000, 8000, colour=0, rows=8000)),
    "bomb-png-400-megapixels": _bytes_of(lambda: _png(20_000, 20_000, colour=0, rows=20_000)),
    "bomb-png-declared": _bytes_of(lambda: _png(2**31 - 1, 2**31 - 1, colour=0, rows=0)),
    "bomb-png-few-rows": _bytes_of(lambda: _png(8000, 8000, colour=6, rows=3)),
    "bomb-png-ztxt": _bytes_of(
        lambda: _png(32, 32, colour=2, rows=32, more=_text_bomb(b"zTXt", 1 << 28))
    ),
    "bomb-png-itxt": _bytes_of(
        lambda: _png(32, 32, colour=2, rows=32, more=_text_bomb(b"iTXt", 1 << 28))
    ),
    "bomb-png-profile": _bytes_of(
        lambda: _png(32, 32, colour=2, rows=32, more=_text_bomb(b"iCCP", 1 << 28))
    ),
    "bomb-png-chunks": _bytes_of(
        lambda: _png(32, 32, colour=2, rows=32, more=_chunk(b"tEXt", b"a\0b") * 200_000)
    ),
    "bomb-png-palette-missing": _bytes_of(lambda: _png(64, 64, colour=3, rows=64)),
    "bomb-gif": _gif_bomb,
    "bomb-bmp": _bytes_of(_bmp_bomb),
    "bomb-jpeg": _bytes_of(_jpeg_bomb),
}


def _renamed_avif(brand: bytes) -> Make:
    """What ffmpeg and Pillow can write here of the HEIF family, under another brand."""

    def make(studio: Studio, path: Path) -> None:
        file = io.BytesIO()
        Image.open(studio.photo).convert("RGB").save(file, format="AVIF")
        path.write_bytes(file.getvalue().replace(b"ftypavif", b"ftyp" + brand, 1))

    return make


def _ffmpeg_still(codec: str, muxer: str) -> Make:
    def make(studio: Studio, path: Path) -> None:
        studio.ffmpeg("-i", studio.photo, "-c:v", codec, "-frames:v", 1, "-f", muxer, path)

    return make


def _flat(colour: tuple[int, int, int, int]) -> Make:
    return lambda studio, path: Image.new("RGBA", (320, 320), colour).save(path, format="PNG")


def _upside_down(studio: Studio, path: Path) -> None:
    Image.open(studio.photo).rotate(180).save(path, format="PNG")


def _mpo(studio: Studio, path: Path) -> None:
    photo = Image.open(studio.photo).convert("RGB")
    photo.save(path, format="MPO", save_all=True, append_images=[photo.rotate(2)])
