"""Sizes, shapes of pixels, turns, and pictures that change while they play."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.hostile.case import Case, Make, Studio, encoded

_ENCODER = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"

_SIZES = (
    (2, 2), (16, 16), (18, 320), (320, 18), (34, 34), (64, 2048), (1920, 16), (16, 1920),
    (4096, 16),
    (98, 54), (640, 2), (1080, 1920), (1920, 1080), (2560, 1440), (4096, 2304), (2304, 4096),
    (4098, 2306), (8192, 64), (64, 8192), (160, 9000), (7680, 4320),
)  # fmt: skip
_ODD = ((161, 121), (1, 1), (3, 241), (321, 3))
_FACES = ((64, 64), (96, 160), (160, 96), (720, 406), (406, 720), (1080, 1920), (1280, 320))
_SHAPES = ("1:64", "64:1", "1:1000", "65535:1", "1:65535", "10:11", "4:3", "0:1", "255:256")
_TURNS = (0, 90, 180, 270, 45, 1)


def cases() -> Iterator[Case]:
    for width, height in _SIZES:
        seconds = 0.08 if width * height > 4096 * 2304 else 1.2  # beyond the limit: refused at once
        make = encoded("plain", f"-vf scale={width}:{height} -t {seconds} {_ENCODER}", "mp4")
        yield _film(f"{width}x{height}", make, "avatar")
    for width, height in _ODD:
        options = f"-an -vf scale={width}:{height} -c:v ffv1 -pix_fmt bgr0"
        yield _film(f"odd-{width}x{height}", encoded("plain", options, "matroska"), "avatar")
    for width, height in _FACES:
        scaled = f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
        padded = f"pad={width}:{height}:-1:-1"
        make = encoded("face", f"-vf {scaled},{padded} -t 1.2 {_ENCODER}", "mp4")
        yield _film(f"face-{width}x{height}", make, "film")
    for shape in _SHAPES:
        options = f"-vf setsar={shape.replace(':', '/')} {_ENCODER}"
        yield _film(f"pixels-{shape.replace(':', 'x')}", encoded("face", options, "mp4"), "film")
    for degrees in _TURNS:
        yield _film(f"turned-{degrees}", _turned(degrees), "film")
    yield _film("mirrored", _turned(0, "-display_hflip"), "film")
    for name, sizes in {
        "turns-while-recording": ((320, 240), (240, 320)),
        "shrinks": ((320, 320), (64, 64)),
        "grows": ((64, 64), (320, 320)),
        "changes-often": ((320, 320), (160, 160), (320, 160), (160, 320)),
        "changes-to-4k": ((320, 240), (4096, 2304)),
        "changes-to-tiny": ((320, 240), (2, 2)),
    }.items():
        yield Case(
            f"geometry/{name}", "video", "me.ts", _changing(sizes), ("film", "extract_audio")
        )
    yield Case("geometry/turns-in-mkv", "video", "me.mkv", _changing_mkv, ("film",))
    yield Case("geometry/turns-in-flv", "video", "me.flv", _changing_flv, ("avatar",))
    yield _film("changes-colour-format", _changing_format, "film")


def _film(name: str, make: Make, *uses: str) -> Case:
    return Case(f"geometry/{name}", "video", "me.mp4", make, uses)


def _turned(degrees: int, *more: str) -> Make:
    def make(studio: Studio, path: Path) -> None:
        arguments = ("-display_rotation", degrees, *more, "-i", studio.face)
        studio.ffmpeg(*arguments, "-c", "copy", "-f", "mp4", path)

    return make


def _parts(studio: Studio, sizes: tuple[tuple[int, int], ...], muxer: str) -> list[Path]:
    parts = []
    for number, (width, height) in enumerate(sizes):
        part = studio.folder / f"part-{number}"
        shape = f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
        studio.ffmpeg(
            *("-i", studio.face, "-t", 0.8, "-vf", f"{shape},pad={width}:{height}:-1:-1,setsar=1"),
            *(*_ENCODER.split(), "-bf", 0, "-c:a", "aac", "-output_ts_offset", 0.8 * number),
            *("-f", muxer, part),
        )
        parts.append(part)
    return parts


def _changing(sizes: tuple[tuple[int, int], ...]) -> Make:
    """Transport streams may follow each other as they are, as phones and broadcasters do."""

    def make(studio: Studio, path: Path) -> None:
        parts = _parts(studio, sizes, "mpegts")
        path.write_bytes(b"".join(part.read_bytes() for part in parts))

    return make


def _changing_mkv(studio: Studio, path: Path) -> None:
    _changing(((320, 240), (240, 320)))(studio, path)
    joined = path.rename(path.with_name("joined"))
    studio.ffmpeg("-i", joined, "-c", "copy", "-bsf:v", "dump_extra", "-f", "matroska", path)


def _changing_flv(studio: Studio, path: Path) -> None:
    _changing(((320, 240), (240, 320)))(studio, path)
    joined = path.rename(path.with_name("joined"))
    studio.ffmpeg("-i", joined, "-c", "copy", "-f", "flv", path)


def _changing_format(studio: Studio, path: Path) -> None:
    parts = []
    for number, pixels in enumerate(("yuv420p", "yuv444p", "yuv420p10le")):
        part = studio.folder / f"part-{number}"
        studio.ffmpeg(
            *("-i", studio.face, "-an", "-t", 0.6, "-c:v", "libx264", "-preset", "ultrafast"),
            *("-pix_fmt", pixels, "-output_ts_offset", 0.6 * number, "-f", "mpegts", part),
        )
        parts.append(part.read_bytes())
    path.write_bytes(b"".join(parts))
