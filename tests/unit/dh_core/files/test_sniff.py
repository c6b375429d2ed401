from __future__ import annotations

import pytest

from dh_core.files.formats import MIME_TYPES, extension_of
from dh_core.files.sniff import acceptable, sniff

ADTS = bytes.fromhex("fff15080017ffc") + bytes(4)
MP3 = bytes.fromhex("fffb9064")
MP3_FRAME_BYTES = 417
MP3_FRAME = MP3 + bytes(MP3_FRAME_BYTES - 4)
TS_PACKET = b"\x47\x40\x00\x10" + bytes(184)


def ftyp(brand: bytes) -> bytes:
    return b"\x00\x00\x00\x18ftyp" + brand + bytes(12)


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (ftyp(b"isom"), "video/mp4"),
        (ftyp(b"qt  "), "video/quicktime"),
        (b"\x00\x00\x00\x08wide\x00\x00\x10\x00mdat", "video/quicktime"),
        (ftyp(b"3gp5"), "video/3gpp"),
        (ftyp(b"M4A "), "audio/mp4"),
        (ftyp(b"heic"), "image/heic"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video/x-msvideo"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "video/x-matroska"),
        (b"FLV\x01\x05", "video/x-flv"),
        (TS_PACKET * 3, "video/mp2t"),
        ((bytes(4) + TS_PACKET) * 3, "video/mp2t"),
        (TS_PACKET[100:] + TS_PACKET * 5, "video/mp2t"),
        (b"\x12\x34\x56" + (bytes(4) + TS_PACKET) * 5, "video/mp2t"),
        (bytes(9000) + MP3_FRAME * 4, "audio/mpeg"),
        (MP3_FRAME[200:] + MP3_FRAME * 4, "audio/mpeg"),
        (b"\xff" * 2000 + MP3_FRAME * 4, "audio/mpeg"),
        (bytes(50) + ADTS * 4, "audio/aac"),
        (ftyp(b"avif"), "image/avif"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf", "image/avif"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heicmiaf", "image/heic"),
        (b"caff\x00\x01", "audio/x-caf"),
        (b"FORM\x00\x00\x00\x00AIFFCOMM", "audio/aiff"),
        (b"\x00\x00\x01\xba\x44", "video/mpeg"),
        (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "video/x-ms-wmv"),
        (b"ID3\x04\x00\x00\x00\x00\x0f\x00", "audio/mpeg"),
        (MP3 + bytes(MP3_FRAME_BYTES - 4) + MP3, "audio/mpeg"),
        (ADTS + ADTS, "audio/aac"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x04" + bytes(4) + ADTS + ADTS, "audio/aac"),
        (b"fLaC\x00", "audio/flac"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"#!AMR\n", "audio/amr"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"BM" + bytes(8) + b"\x36\x00\x00\x00\x28\x00\x00\x00", "image/bmp"),
    ],
)
def test_a_type_is_known_by_its_first_bytes(head: bytes, mime: str) -> None:
    found = sniff(head)
    assert found is not None
    assert found.mime == mime


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff",
        b"hello, this is a text",
        "﻿utf-16 text".encode("utf-16"),
        b"#EXTM3U\n#EXT-X-VERSION:3\n",
        b"ffconcat version 1.0\n",
        b"<?xml version='1.0'?><MPD/>",
        b"1\n00:00:00,000 --> 00:00:01,000\n",
        b"\x7fELF\x02\x01\x01",
        b"PK\x03\x04",
        b"BMW is a car maker of Munich",
        b"the free encyclopedia",
        MP3 + bytes(900),
        bytes(5000) + MP3_FRAME * 2 + bytes(5000),
        b"G" * 4000,
        b"\xff" * 70_000,
        b"#!SILK_V3" + bytes(100),
        b"\x02#!SILK_V3" + bytes(100),
        b"PK\x03\x04" + bytes(30) + MP3_FRAME * 9,
    ],
)
def test_texts_playlists_and_programs_are_not_media(head: bytes) -> None:
    assert sniff(head) is None


def test_a_film_container_may_be_uploaded_as_sound_but_not_as_a_picture() -> None:
    film = sniff(ftyp(b"isom"))
    assert acceptable("video", film)
    assert acceptable("audio", film)
    assert not acceptable("image", film)
    assert not acceptable("video", None)


def test_sound_cannot_be_uploaded_as_video() -> None:
    assert not acceptable("video", sniff(b"fLaC"))


@pytest.mark.parametrize(
    ("filename", "extension"),
    [("a.MP4", "mp4"), ("a.tar.gz", "gz"), ("noext", ""), (".hidden", ""), ("视频.mov", "mov")],
)
def test_extensions_are_read_in_lower_case(filename: str, extension: str) -> None:
    assert extension_of(filename) == extension


def test_every_format_the_seed_names_is_accepted() -> None:
    for extension in ("mp4", "avi", "mov", "wav", "mp3", "aac", "jpg", "png", "gif"):
        assert extension in MIME_TYPES
