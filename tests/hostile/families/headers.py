"""Headers that lie: durations, sizes, counts, rates and dimensions that are not the file's."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator

from tests.hostile.case import Case, Make, changed, encoded

_MP4 = encoded("face", "-c copy", "mp4")
_WAV = encoded("short", "-c:a pcm_s16le -bitexact", "wav")
_VALUES = {"zero": 0, "one": 1, "half": 0x7FFFFFFF, "all": 0xFFFFFFFF}


def cases() -> Iterator[Case]:
    for name, value in _VALUES.items():
        for field, (box, offset) in _FIELDS.items():
            change = _in_box(box, offset, struct.pack(">I", value))
            yield _film(f"{field}-{name}", change)
        for field, at in _RIFF.items():
            make = changed(_WAV, _at(at, struct.pack("<I", value)))
            yield _sound(f"wav-{field}-{name}", make)
    for box in (b"moov", b"trak", b"mdia", b"stbl", b"stsd", b"avcC", b"mdat", b"ftyp", b"stco"):
        for name, value in (("too-small", 4), ("huge", 0x7FFFFFFF), ("to-the-end", 0)):
            # The size stands before the name of its box.
            yield _film(f"box-{box.decode()}-{name}", _in_box(box, -8, struct.pack(">I", value)))
        yield _film(f"box-{box.decode()}-renamed", _in_box(box, -4, b"junk"))
    for name, value in (("0", 0), ("1", 1), ("65535", 65_535)):
        yield _sound(f"wav-channels-{name}", changed(_WAV, _at(22, struct.pack("<H", value))))
        yield _sound(f"wav-bits-{name}", changed(_WAV, _at(34, struct.pack("<H", value))))
        yield _sound(f"wav-format-{name}", changed(_WAV, _at(20, struct.pack("<H", value))))
    yield _film("dimensions-65535", _dimensions(65_535, 65_535))
    yield _film("dimensions-0", _dimensions(0, 0))
    yield _film("rotated-by-nonsense", _in_box(b"tkhd", 44, b"\x7f\xff\xff\xff" * 9))
    yield _film("boxes-in-boxes", _nested)
    for value in (0.0, 1e-300, 1e300, float("nan"), -5.0):
        make = changed(encoded("face", "-c copy", "matroska"), _matroska_duration(value))
        yield Case(f"headers/mkv-duration-{value}", "video", "me.mkv", make)


_FIELDS: dict[str, tuple[bytes, int]] = {
    "movie-duration": (b"mvhd", 20),
    "movie-scale": (b"mvhd", 16),
    "track-duration": (b"tkhd", 24),
    "media-scale": (b"mdhd", 16),
    "media-duration": (b"mdhd", 20),
    "stts-entries": (b"stts", 8),
    "stts-count": (b"stts", 12),
    "stts-delta": (b"stts", 16),
    "stsz-size": (b"stsz", 8),
    "stsz-count": (b"stsz", 12),
    "stsz-first": (b"stsz", 16),
    "stsc-entries": (b"stsc", 8),
    "stsc-samples": (b"stsc", 16),
    "stco-entries": (b"stco", 8),
    "stco-first": (b"stco", 12),
    "ctts-entries": (b"ctts", 8),
    "ctts-offset": (b"ctts", 16),
    "elst-duration": (b"elst", 12),
    "elst-start": (b"elst", 16),
    "elst-rate": (b"elst", 20),
    "stss-first": (b"stss", 12),
}
"""A box of an MP4 and where a number stands in it, from the box's name."""

_RIFF = {"riff-size": 4, "fmt-size": 16, "rate": 24, "byte-rate": 28, "data-size": 40}

Change = Callable[[bytes, random.Random], bytes]


def _film(name: str, change: Change) -> Case:
    return Case(f"headers/{name}", "video", "me.mp4", changed(_MP4, change))


def _sound(name: str, make: Make) -> Case:
    return Case(f"headers/{name}", "audio", "me.wav", make)


def _at(place: int, value: bytes) -> Change:
    return lambda data, _: data[:place] + value + data[place + len(value) :]


def _in_box(box: bytes, offset: int, value: bytes) -> Change:
    """In the first box of this name, `offset` from the end of the size and the name."""

    def change(data: bytes, chance: random.Random) -> bytes:
        place = data.index(box) + 4 + offset if offset < 0 else data.index(box) + offset
        return data[:place] + value + data[place + len(value) :]

    return change


def _dimensions(width: int, height: int) -> Change:
    size = struct.pack(">HH", width, height)
    return _in_box(b"avc1", 28, size)


def _nested(data: bytes, chance: random.Random) -> bytes:
    """Boxes thousands deep."""
    inner = b""
    for _ in range(5_000):
        inner = (len(inner) + 8).to_bytes(4, "big") + b"udta" + inner
    box = (len(inner) + 8).to_bytes(4, "big") + b"moov" + inner
    return data[: int.from_bytes(data[:4], "big")] + box + data[int.from_bytes(data[:4], "big") :]


def _matroska_duration(value: float) -> Change:
    def change(data: bytes, chance: random.Random) -> bytes:
        place = data.index(b"\x44\x89\x88") + 3
        return data[:place] + struct.pack(">d", value) + data[place + 8 :]

    return change
