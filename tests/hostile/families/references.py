"""Files that name other files or hosts, in the hope that whoever reads them goes there."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from dh_core.limits import FileType
from tests.hostile.case import Case, Make, Studio

Text = Callable[[Studio], str]

_TEXTS: dict[str, Text] = {
    "m3u8-file": lambda s: _m3u8(f"file://{s.bait}/bait.mp4"),
    "m3u8-path": lambda s: _m3u8(f"{s.bait}/bait.mp4"),
    "m3u8-relative": lambda s: _m3u8("../bait.mp4"),
    "m3u8-http": lambda s: _m3u8(f"{s.url}/a.ts"),
    "m3u8-concat": lambda s: _m3u8(f"concat:{s.bait}/bait.txt|{s.bait}/bait.mp4"),
    "m3u8-subfile": lambda s: _m3u8(f"subfile,,start,0,end,64,,:{s.bait}/bait.txt"),
    "m3u8-crypto": lambda s: _m3u8(
        f"{s.bait}/bait.mp4", f'#EXT-X-KEY:METHOD=AES-128,URI="{s.url}/key",IV=0x0\n'
    ),
    "ffconcat": lambda s: f"ffconcat version 1.0\nfile '{s.bait}/bait.mp4'\n",
    "ffconcat-relative": lambda s: "ffconcat version 1.0\nfile ../bait.mp4\nduration 1\n",
    "ffconcat-http": lambda s: f"ffconcat version 1.0\nfile {s.url}/a.mp4\n",
    "m3u": lambda s: f"#EXTM3U\n#EXTINF:1,a\n{s.bait}/bait.wav\n",
    "pls": lambda s: f"[playlist]\nFile1={s.url}/a.mp3\nNumberOfEntries=1\n",
    "asx": lambda s: f'<asx version="3.0"><entry><ref href="{s.url}/a.wmv"/></entry></asx>',
    "dash": lambda s: (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S"><Period><AdaptationSet><Representation id="1" '
        f'bandwidth="1" mimeType="video/mp4"><BaseURL>{s.url}/a.mp4</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    ),
    "svg": lambda s: (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="320" height="320"><image xlink:href="file://{s.bait}/bait.png" width="320" '
        f'height="320"/><image xlink:href="{s.url}/a.png" width="9" height="9"/></svg>'
    ),
    "svg-entity": lambda s: (
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{s.bait}/bait.txt">]>'
        '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><text>&x;</text></svg>'
    ),
    "smil": lambda s: f'<smil><body><video src="{s.url}/a.mp4"/></body></smil>',
    "sdp": lambda s: (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    ),
    "rtsp-reference": lambda s: f"RTSPtext\r\nrtsp://{s.url[7:]}/a\r\n",
    "webloc": lambda s: f"[InternetShortcut]\nURL={s.url}\n",
    "cue": lambda s: f'FILE "{s.bait}/bait.wav" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n',
    "avisynth": lambda s: f'DirectShowSource("{s.bait}/bait.mp4")\n',
    "vapoursynth": lambda s: "import vapoursynth as vs\nopen('/etc/passwd')\n",
    "image-sequence": lambda s: f"{s.bait}/bait%d.png\n",
    "srt": lambda s: f"1\n00:00:00,000 --> 00:00:01,000\n<img src={s.url}/a.png>\n",
    "ass": lambda s: f"[Script Info]\nScriptType: v4.00+\n[Fonts]\nfontname: {s.bait}/bait.txt\n",
    "vobsub": lambda s: f"# VobSub index file, v7\nid: en, index: 0\n{s.bait}/bait\n",
    "html": lambda s: f'<html><body><img src="{s.url}/a.png"></body></html>',
    "postscript": lambda s: f"%!PS-Adobe-3.0 EPSF\n({s.bait}/bait.txt) (r) file\n",
    "imagemagick": lambda s: (
        f"push graphic-context\nimage over 0,0 0,0 'label:@{s.bait}/bait.txt'\npop\n"
    ),
    "pdf": lambda s: f"%PDF-1.4\n1 0 obj<</Type/Action/S/URI/URI({s.url}/a)>>endobj\n",
    "ffmetadata": lambda s: f";FFMETADATA1\ntitle=@{s.bait}/bait.txt\n",
}


def cases() -> Iterator[Case]:
    for name, text in _TEXTS.items():
        kind: FileType = "image" if name.split("-")[0] in _OF_PICTURES else "video"
        filename = "me.png" if kind == "image" else "me.mp4"
        yield Case(f"references/{name}", kind, filename, _written(text))
    for name in ("m3u8-file", "ffconcat", "svg", "dash"):
        # Behind a signature that lets the file in, for demuxers that look further.
        kind = "image" if name == "svg" else "video"
        for signature, head in _SIGNATURES[kind].items():
            make = _written(_TEXTS[name], head)
            yield Case(f"references/{name}-behind-{signature}", kind, f"me.{signature}", make)
    yield _film("mov-alias-to-a-file", _mov_alias(lambda s: f"{s.bait}/bait.mp4"))
    yield _film("mov-alias-to-a-relative-file", _mov_alias(lambda s: "../bait.mp4"))
    yield _film("mov-url-of-a-host", _mov_url(lambda s: f"{s.url}/a.mov"))
    yield _film("mov-url-of-a-file", _mov_url(lambda s: f"file://{s.bait}/bait.mp4"))
    yield _film("mov-reference-movie", _reference_movie)
    yield Case("references/mkv-next-segment", "video", "me.mkv", _linked_segment, ("avatar",))
    yield Case("references/wmv-script-command", "video", "me.wmv", _script_command)
    yield Case("references/id3-picture-link", "audio", "me.mp3", _picture_link, ("spoken", "music"))
    yield Case("references/flac-picture-link", "audio", "me.flac", _flac_link, ("spoken", "music"))


_OF_PICTURES = ("svg", "image", "html", "postscript", "imagemagick", "pdf")
_SIGNATURES: dict[str, dict[str, bytes]] = {
    "video": {
        "mp4": b"\0\0\0\x18ftypisom\0\0\2\0isommp41",
        "avi": b"RIFF\0\0\1\0AVI ",
        "flv": b"FLV\x01\x05\0\0\0\x09\0\0\0\0",
        "mkv": b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
    },
    "image": {"gif": b"GIF89a", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff\xe0"},
}


def _film(name: str, make: Make) -> Case:
    return Case(f"references/{name}", "video", "me.mov", make)


def _m3u8(address: str, before: str = "") -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{before}#EXTINF:1.0,\n{address}\n#EXT-X-ENDLIST\n"


def _written(text: Text, head: bytes = b"") -> Make:
    return lambda studio, path: path.write_bytes(head + text(studio).encode()) and None


def _mov(studio: Studio, path: Path) -> bytes:
    """One track of pictures, its data reference last in its box."""
    studio.ffmpeg("-i", studio.face, "-an", "-c", "copy", "-f", "mov", path)
    return path.read_bytes()


def _with_reference(data: bytes, entry: bytes) -> bytes:
    """The first data reference replaced, and every box around it made to fit."""
    at = data.rindex(b"dref") - 4
    size = int.from_bytes(data[at : at + 4], "big")
    dref = struct.pack(">I4sII", 16 + len(entry), b"dref", 0, 1) + entry
    grown = len(dref) - size
    changed = bytearray(data[:at] + dref + data[at + size :])
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        place = data.rindex(box, 0, at) - 4
        before = int.from_bytes(data[place : place + 4], "big")
        changed[place : place + 4] = (before + grown).to_bytes(4, "big")
    return bytes(changed)


def _mov_url(address: Text) -> Make:
    def make(studio: Studio, path: Path) -> None:
        target = address(studio).encode() + b"\0"
        entry = struct.pack(">I4sI", 12 + len(target), b"url ", 0) + target
        path.write_bytes(_with_reference(_mov(studio, path), entry))

    return make


def _mov_alias(address: Text) -> Make:
    """A Macintosh alias, which ffmpeg follows if it is allowed to (use_absolute_path)."""

    def make(studio: Studio, path: Path) -> None:
        target = address(studio).encode()
        volume, name = b"\3vol".ljust(28, b"\0"), b"\x08bait.mp4".ljust(64, b"\0")
        alias = bytes(4) + struct.pack(">HHH", 150, 2, 0) + volume + bytes(12) + name + bytes(16)
        alias += struct.pack(">HH", 0, 1) + bytes(16)
        for kind, value in ((2, target), (18, target), (0, b"vol")):
            alias += struct.pack(">HH", kind, len(value)) + value + bytes(len(value) % 2)
        alias += struct.pack(">hH", -1, 0)
        entry = struct.pack(">I4sI", 12 + len(alias), b"alis", 0) + alias
        path.write_bytes(_with_reference(_mov(studio, path), entry))

    return make


def _reference_movie(studio: Studio, path: Path) -> None:
    target = f"{studio.url}/a.mov".encode() + b"\0"
    rdrf = struct.pack(">I4sI4sI", 20 + len(target), b"rdrf", 0, b"url ", len(target)) + target
    rmda = struct.pack(">I4s", 8 + len(rdrf), b"rmda") + rdrf
    rmra = struct.pack(">I4s", 8 + len(rmda), b"rmra") + rmda
    moov = struct.pack(">I4s", 8 + len(rmra), b"moov") + rmra
    path.write_bytes(struct.pack(">I4s4sI4s", 20, b"ftyp", b"qt  ", 0, b"qt  ") + moov)


def _linked_segment(studio: Studio, path: Path) -> None:
    pairs = ("-metadata", f"nextfilename={studio.bait}/bait.mp4")
    studio.ffmpeg("-i", studio.face, "-c", "copy", *pairs, "-f", "matroska", path)


def _script_command(studio: Studio, path: Path) -> None:
    url = ("-metadata", f"WM/PromotionURL={studio.url}")
    studio.ffmpeg("-i", studio.plain, "-c:v", "wmv2", "-c:a", "wmav2", *url, "-f", "asf", path)


def _picture_link(studio: Studio, path: Path) -> None:
    from mutagen.id3 import APIC, ID3, LINK, WXXX

    studio.ffmpeg("-i", studio.short, "-c:a", "libmp3lame", "-f", "mp3", path)
    link = f"{studio.url}/a.png"
    tags = ID3(path)
    tags.add(APIC(encoding=0, mime="-->", type=3, desc="", data=link.encode()))
    tags.add(WXXX(encoding=3, desc="", url=link))
    tags.add(LINK(frameid="APIC", url=f"file://{studio.bait}/bait.png", data=b""))
    tags.save(path)


def _flac_link(studio: Studio, path: Path) -> None:
    from mutagen.flac import FLAC, Picture

    studio.ffmpeg("-i", studio.short, "-c:a", "flac", "-f", "flac", path)
    file, picture = FLAC(path), Picture()
    picture.mime, picture.data = "-->", f"file://{studio.bait}/bait.png".encode()
    file.add_picture(picture)
    file.save()
