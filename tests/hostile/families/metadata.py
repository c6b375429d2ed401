"""Declarations and tags that attack whoever reads them: deep, long, broken, false."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path

from mutagen.id3 import APIC, TXXX
from mutagen.wave import WAVE
from PIL import Image

from tests.hostile.case import Case, Make, Studio

_GOOD = {
    "Label": "1",
    "ContentProducer": "somebody",
    "ProduceID": "1",
    "ReservedCode1": "",
    "ContentPropagator": "",
    "PropagateID": "",
    "ReservedCode2": "",
}

_DECLARATIONS: dict[str, str] = {
    "good": json.dumps(_GOOD),
    "deep": "[" * 10_000,
    "deep-and-closed": "[" * 10_000 + "]" * 10_000,
    "deep-objects": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "half-a-surrogate": json.dumps({**_GOOD, "ProduceID": "x"}).replace('"x"', '"\\ud800"'),
    "control-characters": json.dumps({**_GOOD, "ProduceID": "\x01\x1f\x7f"}),
    "huge-number": '{"Label": ' + "9" * 5_000 + "}",
    "number": '{"Label": 1e999}',
    "nan": "NaN",
    "list": "[1, 2]",
    "null": "null",
    "empty": "",
    "a-word": "AIGC",
    "long": json.dumps({**_GOOD, "ContentProducer": "长" * 100_000}),
    "wrong-types": json.dumps({**_GOOD, "Label": {"a": [1]}, "ProduceID": None}),
    "other-keys": json.dumps({**_GOOD, **{f"key{n}": "x" for n in range(2000)}}),
    "escapes": json.dumps({**_GOOD, "ProduceID": "=;#\\\n[chapter]\n;x=y"}),
    "markup": json.dumps({**_GOOD, "ProduceID": "</TC260:AIGC><x>&#0;&amp;amp;"}),
}


def cases() -> Iterator[Case]:
    for name, text in _DECLARATIONS.items():
        yield Case(f"metadata/aigc-{name}", "video", "me.mp4", _film(text), ("extract_audio",))
    for name in ("deep", "half-a-surrogate", "long", "escapes"):
        text = _DECLARATIONS[name]
        yield Case(f"metadata/flv-{name}", "video", "me.mkv", _tagged_mkv(text), ("extract_audio",))
        yield Case(f"metadata/wav-{name}", "audio", "me.wav", _wav(text), ("spoken",))
        yield Case(f"metadata/xmp-{name}", "image", "me.jpg", _jpeg(text), ("background",))
    yield _film_case("thousand-tags", _many_tags(1000))
    yield _film_case("tag-of-a-megabyte", _many_tags(1, 100_000))
    yield _film_case("chapters", _chapters)
    yield Case("metadata/id3-cover-of-8-megabytes", "audio", "me.wav", _cover, ("spoken", "music"))
    yield Case("metadata/id3-size-lies", "audio", "me.mp3", _id3_lies(0x0FFFFFFF), ("spoken",))
    yield Case("metadata/id3-size-zero", "audio", "me.mp3", _id3_lies(0), ("spoken",))
    yield Case("metadata/id3-of-200-kilobytes", "audio", "me.mp3", _id3_true(200_000), ("spoken",))
    yield Case("metadata/exif-loop", "image", "me.jpg", _exif(_LOOP), ("background", "person"))
    yield Case("metadata/exif-broken", "image", "me.jpg", _exif(b"II*\0\xff\xff\xff\xff"))
    yield Case("metadata/exif-empty", "image", "me.jpg", _exif(b""))
    yield Case("metadata/exif-turn-text", "image", "me.jpg", _exif(_TEXT_TURN), ("person",))


def _film_case(name: str, make: Make) -> Case:
    return Case(f"metadata/{name}", "video", "me.mp4", make, ("extract_audio", "avatar"))


def _ffmetadata(studio: Studio, pairs: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> Path:
    path = studio.folder / "metadata"
    escaped = str.maketrans({c: f"\\{c}" for c in "=;#\\\n"})
    lines = (f"{key}={value.translate(escaped)}" for key, value in pairs)
    path.write_text(";FFMETADATA1\n" + "\n".join(lines) + "\n", errors="surrogatepass")
    return path


def _with_tags(muxer: str, pairs: list[tuple[str, str]], *options: str) -> Make:
    def make(studio: Studio, path: Path) -> None:
        studio.ffmpeg(
            *("-i", studio.face, "-i", _ffmetadata(studio, pairs), "-map_metadata", 1),
            *("-map", 0, "-c", "copy", *options, "-f", muxer, path),
        )

    return make


def _film(text: str) -> Make:
    return _with_tags("mp4", [("AIGC", text)], "-movflags", "+use_metadata_tags")


def _tagged_mkv(text: str) -> Make:
    return _with_tags("matroska", [("AIGC", text)])


def _many_tags(count: int, length: int = 10) -> Make:
    pairs = [(f"key{number}", "x" * length) for number in range(count)]
    return _with_tags("mp4", pairs, "-movflags", "+use_metadata_tags")


def _chapters(studio: Studio, path: Path) -> None:
    chapters = studio.folder / "chapters"
    chapters.write_text(
        ";FFMETADATA1\n"
        + "".join(f"[CHAPTER]\nSTART={n}\nEND={n + 1}\ntitle=\u202e{n}\n" for n in range(3000))
    )
    studio.ffmpeg(
        "-i", studio.face, "-i", chapters, "-map_metadata", 1, "-c", "copy", "-f", "mp4", path
    )


def _wav(text: str) -> Make:
    def make(studio: Studio, path: Path) -> None:
        path.write_bytes(studio.short.read_bytes())
        file = WAVE(path)
        file.add_tags()
        assert file.tags is not None
        file.tags.add(TXXX(encoding=3, desc="AIGC", text=[text]))
        file.save()

    return make


def _cover(studio: Studio, path: Path) -> None:
    path.write_bytes(studio.short.read_bytes())
    file = WAVE(path)
    file.add_tags()
    assert file.tags is not None
    file.tags.add(APIC(encoding=3, mime="image/png", type=3, desc="", data=bytes(8 << 20)))
    file.save()


def _mp3(studio: Studio, path: Path) -> bytes:
    options = ("-c:a", "libmp3lame", "-id3v2_version", 0, "-write_xing", 0)
    studio.ffmpeg("-i", studio.short, *options, "-f", "mp3", path)
    return path.read_bytes()


def _synchsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def _id3_lies(size: int) -> Make:
    def make(studio: Studio, path: Path) -> None:
        head = b"ID3\x04\x00\x00" + _synchsafe(size) + bytes(200)
        path.write_bytes(head + _mp3(studio, path))

    return make


def _id3_true(size: int) -> Make:
    def make(studio: Studio, path: Path) -> None:
        head = b"ID3\x04\x00\x00" + _synchsafe(size) + bytes(size)
        path.write_bytes(head + _mp3(studio, path))

    return make


def _jpeg(text: str) -> Make:
    def make(studio: Studio, path: Path) -> None:
        packet = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><TC260:AIGC>'
            f"{text[:60_000]}</TC260:AIGC></rdf:RDF></x:xmpmeta>"
        ).encode()[:65_000]
        photo = Image.open(studio.photo).convert("RGB")
        photo.save(path, format="JPEG", xmp=packet)

    return make


def _exif(data: bytes) -> Make:
    def make(studio: Studio, path: Path) -> None:
        Image.open(studio.photo).convert("RGB").save(path, format="JPEG")
        body = b"Exif\0\0" + data
        segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
        path.write_bytes(b"\xff\xd8" + segment + path.read_bytes()[2:])

    return make


_LOOP = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8769, 4, 1, 8, 8)
"""A directory whose sub-directory and successor are itself."""
_TEXT_TURN = b"II*\0" + struct.pack("<IHHHI4sI", 8, 1, 0x0112, 2, 4, b"six\0", 0)
"""An orientation that is a word."""
