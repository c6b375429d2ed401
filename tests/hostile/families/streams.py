"""Too many tracks, none, covers, subtitles, two files in one, other formats, almost nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dh_core.limits import FileType
from tests.hostile.case import Case, Make, Studio, content, encoded

_HEADS: dict[str, bytes] = {
    "empty": b"",
    "one-byte": b"\0",
    "zeros": bytes(10_000),
    "ff": b"\xff" * 10_000,
    "ftyp-only": b"\0\0\0\x18ftypisom\0\0\2\0isommp41",
    "riff-only": b"RIFF\x24\0\0\0WAVE",
    "riff-avi-only": b"RIFF\x24\0\0\0AVI LIST",
    "ebml-only": b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
    "ogg-only": b"OggS" + bytes(40),
    "flac-only": b"fLaC\x80\0\0\x22" + bytes(34),
    "id3-only": b"ID3\x04\0\0\0\0\0\0",
    "jpeg-only": b"\xff\xd8\xff\xd9",
    "jpeg-of-starts": b"\xff\xd8" * 5000,
    "png-only": b"\x89PNG\r\n\x1a\n",
    "gif-only": b"GIF89a",
    "flv-only": b"FLV\x01\x05\0\0\0\x09",
    "asf-only": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    "amr-only": b"#!AMR\n",
    "silk-of-wechat": b"\x02#!SILK_V3" + bytes(range(1, 200)),
    "silk": b"#!SILK_V3" + bytes(range(1, 200)),
    "zip": b"PK\3\4" + bytes(200),
    "gzip": b"\x1f\x8b\x08\0" + bytes(200),
    "elf": b"\x7fELF\2\1\1" + bytes(200),
    "exe": b"MZ\x90\0" + bytes(200),
    "script": b"#!/bin/sh\necho hello\n",
    "text": "你好".encode() * 100,
    "utf-16": "你好".encode("utf-16") * 100,
    "json": b'{"a": 1}',
}
_KINDS: tuple[tuple[FileType, str], ...] = (("video", "mp4"), ("audio", "mp3"), ("image", "jpg"))


def cases() -> Iterator[Case]:
    for name, head in _HEADS.items():
        for kind, extension in _KINDS:
            # One use is enough where nearly all are refused at once.
            use = {"video": "extract_audio", "audio": "spoken", "image": "background"}[kind]
            filename = f"me.{extension}"
            yield Case(f"streams/{name}-as-{kind}", kind, filename, content(head), (use,))
    for name, (source, options, muxer) in _TRACKS.items():
        make = encoded(source, options, muxer)
        yield Case(f"streams/{name}", "video", "me.mkv", make, ("extract_audio", "film"))
    for name, extension in (("wav", "mp4"), ("jpg", "mp4"), ("mp4", "avi")):
        yield Case(f"streams/{name}-called-{extension}", "video", f"me.{extension}", _copy(name))
    yield Case("streams/film-as-audio", "audio", "me.mp3", _copy("mp4"), ("spoken", "reference"))
    yield Case("streams/photo-as-audio", "audio", "me.mp3", _copy("jpg"))
    yield Case("streams/film-as-photo", "image", "me.jpg", _copy("mp4"))
    yield Case("streams/no-extension", "video", "blob", _copy("mp4"))
    yield Case("streams/strange-name", "video", "..%2f\u202e me\u0301.mp4", _copy("mp4"))
    yield Case(
        "streams/cover-and-sound", "video", "me.m4a", _cover("ipod"), ("extract_audio", "film")
    )
    yield Case("streams/cover-and-sound-mp3", "audio", "me.mp3", _cover("mp3"), ("spoken", "music"))
    yield Case("streams/cover-then-film", "video", "me.mp4", _cover_first, ("film",))
    yield Case("streams/hundred-tracks", "video", "me.mkv", _many_tracks(100))
    yield Case("streams/seventeen-sounds", "video", "me.mkv", _many_tracks(17))
    yield Case("streams/subtitles-only", "video", "me.mkv", _subtitles_only)
    yield Case("streams/encrypted", "video", "me.mp4", _encrypted)
    for name, first, second in _JOINED:
        for kind, extension in _KINDS:
            make = _joined(first, second)
            yield Case(f"streams/{name}-as-{kind}", kind, f"me.{extension}", make)


_JOINED = (
    ("jpeg-then-film", "jpg", "mp4"),
    ("film-then-zip", "mp4", "zip"),
    ("gif-then-script", "gif", "js"),
    ("wav-then-film", "wav", "mp4"),
    ("film-then-film", "mp4", "mp4"),
)

_TRACKS: dict[str, tuple[str, str, str]] = {
    "no-sound": ("face", "-an -c copy", "matroska"),
    "no-picture": ("face", "-vn -c copy", "matroska"),
    "sound-first": ("face", "-map 0:a -map 0:v -c copy", "matroska"),
    "two-pictures": ("face", "-map 0:v -map 0:v -map 0:a -c copy", "matroska"),
    "two-sounds": ("face", "-map 0:v -map 0:a -map 0:a -c copy", "matroska"),
    "sixteen-sounds": ("face", "-map 0:v" + " -map 0:a" * 15 + " -c copy", "matroska"),
    "two-programs": (
        "face", "-map 0:v -map 0:a -map 0:v -map 0:a -c copy -program st=0:st=1 -program st=2:st=3",
        "mpegts",
    ),
}  # fmt: skip


def _file(studio: Studio, kind: str) -> bytes:
    if kind == "zip":
        return b"PK\3\4" + bytes(500) + b"PK\5\6" + bytes(18)
    if kind == "js":
        return b"/*" + bytes(20) + b"*/=1;alert(1)"
    if kind == "gif":
        path = studio.folder / "a.gif"
        studio.ffmpeg("-i", studio.photo, "-frames:v", 1, "-f", "gif", path)
        return path.read_bytes()
    good = {"wav": studio.short, "jpg": studio.background, "mp4": studio.face}
    return good[kind].read_bytes()


def _copy(kind: str) -> Make:
    return lambda studio, path: path.write_bytes(_file(studio, kind)) and None


def _joined(first: str, second: str) -> Make:
    def make(studio: Studio, path: Path) -> None:
        path.write_bytes(_file(studio, first) + _file(studio, second))

    return make


def _cover(muxer: str) -> Make:
    codec = "libmp3lame" if muxer == "mp3" else "aac"

    def make(studio: Studio, path: Path) -> None:
        studio.ffmpeg(
            *("-i", studio.short, "-i", studio.background, "-map", 0, "-map", 1),
            *("-c:a", codec, "-c:v", "copy", "-disposition:v", "attached_pic", "-f", muxer, path),
        )

    return make


def _cover_first(studio: Studio, path: Path) -> None:
    studio.ffmpeg(
        *("-i", studio.background, "-i", studio.face, "-map", 0, "-map", 1, "-c", "copy"),
        *("-disposition:v:0", "attached_pic", "-f", "mp4", path),
    )


def _many_tracks(count: int) -> Make:
    def make(studio: Studio, path: Path) -> None:
        tracks = ("-map", "0:a") * count
        studio.ffmpeg(
            "-i", studio.face, "-map", "0:v", *tracks, "-c", "copy", "-f", "matroska", path
        )

    return make


def _subtitles_only(studio: Studio, path: Path) -> None:
    text = studio.folder / "a.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:05,000\n你好\n")
    studio.ffmpeg("-i", text, "-c:s", "srt", "-f", "matroska", path)


def _encrypted(studio: Studio, path: Path) -> None:
    key = "00112233445566778899aabbccddeeff"
    studio.ffmpeg(
        *("-i", studio.face, "-c", "copy", "-encryption_scheme", "cenc-aes-ctr"),
        *("-encryption_key", key, "-encryption_kid", key, "-f", "mp4", path),
    )
