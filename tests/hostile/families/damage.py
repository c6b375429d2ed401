"""Files cut off, bits turned over, stretches zeroed, in every format that is accepted."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from dh_core.limits import FileType
from tests.hostile.case import Case, Make, changed, encoded

_PICTURES: dict[str, tuple[str, str]] = {
    "jpg": ("-c:v mjpeg -pix_fmt yuvj420p -frames:v 1", "image2pipe"),
    "png": ("-c:v png -frames:v 1", "image2pipe"),
    "webp": ("-c:v libwebp -frames:v 1", "webp"),
    "gif": ("-frames:v 1", "gif"),
    "bmp": ("-c:v bmp -frames:v 1", "image2pipe"),
}
_SOUNDS: dict[str, tuple[str, str]] = {
    "wav": ("-c:a pcm_s16le", "wav"),
    "mp3": ("-c:a libmp3lame", "mp3"),
    "m4a": ("-c:a aac", "ipod"),
    "flac": ("-c:a flac", "flac"),
    "ogg": ("-c:a libvorbis", "ogg"),
    "opus": ("-c:a libopus", "opus"),
    "aac": ("-c:a aac", "adts"),
    "wma": ("-c:a wmav2 -ar 44100", "asf"),
    "amr": ("-c:a libopencore_amrnb -ar 8000", "amr"),
}
_FILMS: dict[str, tuple[str, str]] = {
    "mp4": ("-c copy", "mp4"),
    "mov": ("-c copy -movflags +faststart", "mov"),
    "mkv": ("-c copy", "matroska"),
    "webm": ("-c:v libvpx -deadline realtime -cpu-used 8 -c:a libopus", "webm"),
    "avi": ("-c:v mpeg4 -c:a libmp3lame", "avi"),
    "ts": ("-c copy", "mpegts"),
    "flv": ("-c copy", "flv"),
    "wmv": ("-c:v wmv2 -c:a wmav2", "asf"),
    "mpg": ("-c:v mpeg2video -r 25 -c:a mp2", "mpeg"),
}

Change = Callable[[bytes, random.Random], bytes]


def _cut(part: float) -> Change:
    return lambda data, _: data[: round(len(data) * part)]


def _turned(start: float, end: float, bits: int) -> Change:
    """`bits` random bits turned over between two parts of the file."""

    def change(data: bytes, chance: random.Random) -> bytes:
        damaged = bytearray(data)
        low, high = round(start * len(data)), max(round(end * len(data)), 1)
        for _ in range(bits):
            damaged[chance.randrange(low, high)] ^= 1 << chance.randrange(8)
        return bytes(damaged)

    return change


def _header(data: bytes, chance: random.Random) -> bytes:
    """Bits of the first bytes, past the signature that lets the file in."""
    damaged = bytearray(data)
    for _ in range(6):
        damaged[chance.randrange(12, min(len(data), 400))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _zeroed(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) // 4, len(data) // 2)
    length = len(data) // 8
    return data[:at] + bytes(length) + data[at + length :]


def _swapped(data: bytes, chance: random.Random) -> bytes:
    """A stretch moved elsewhere, as a file system does that lost its way."""
    block = max(len(data) // 10, 1)
    return (
        data[: 3 * block]
        + data[5 * block : 6 * block]
        + data[3 * block : 5 * block]
        + data[6 * block :]
    )


_CHANGES: dict[str, Change] = {
    "cut-at-5": _cut(0.05),
    "cut-at-50": _cut(0.5),
    "cut-at-95": _cut(0.95),
    "header": _header,
    "middle": _turned(0.3, 0.7, 30),
    "end": _turned(0.9, 1.0, 20),
    "everywhere": _turned(0.02, 1.0, 200),
    "zeroed": _zeroed,
    "swapped": _swapped,
}
_WITHOUT_PAINT = ("everywhere", "swapped", "cut-at-50")
"""Damage with which films are also tried as the face of a film."""


def cases() -> Iterator[Case]:
    for extension, (options, muxer) in _PICTURES.items():
        yield from _family("image", extension, encoded("photo", options, muxer))
    for extension, (options, muxer) in _SOUNDS.items():
        yield from _family("audio", extension, encoded("short", options, muxer))
    for extension, (options, muxer) in _FILMS.items():
        yield from _family("video", extension, encoded("face", options, muxer))


def _family(kind: FileType, extension: str, make: Make) -> Iterator[Case]:
    for name, change in _CHANGES.items():
        uses: tuple[str, ...] = ()
        if kind == "image":
            uses = ("person",) if name in ("middle", "everywhere") else ("background",)
        elif kind == "video":
            uses = ("film",) if name in _WITHOUT_PAINT else ("extract_audio", "avatar")
        filename = f"me.{extension}"
        damaged = changed(make, change)
        yield Case(f"damage/{extension}-{name}", kind, filename, damaged, uses)
