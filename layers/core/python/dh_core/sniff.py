"""What a file really is, from its first bytes. Pure: the caller reads them.

A name and a declared content type are claims; only the bytes choose the demuxer. Playlists,
subtitle and script formats are not recognised on purpose: they can make a demuxer open other files.

Signatures: ISO/IEC 14496-12 (ftyp), RFC 9559 (EBML), ISO/IEC 13818-1 and -7 (TS, PS, ADTS),
ISO/IEC 11172-3 (MPEG audio frames), RFC 3533 (Ogg), RFC 4867 (AMR), RFC 9639 (FLAC), RIFF, ASF.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["video", "audio", "image"]

HEAD_BYTES: Final = 4096
"""How many leading bytes `sniff` wants; fewer are fine when the file is shorter."""


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A recognised type. `demuxer` is the name ffmpeg's `-f` takes for reading it."""

    mime: str
    kind: Kind
    demuxer: str


MIME_TYPES: Final[dict[str, tuple[Kind, str]]] = {
    "mp4": ("video", "video/mp4"),
    "m4v": ("video", "video/mp4"),
    "mov": ("video", "video/quicktime"),
    "3gp": ("video", "video/3gpp"),
    "avi": ("video", "video/x-msvideo"),
    "mkv": ("video", "video/x-matroska"),
    "webm": ("video", "video/webm"),
    "flv": ("video", "video/x-flv"),
    "wmv": ("video", "video/x-ms-wmv"),
    "mpg": ("video", "video/mpeg"),
    "mpeg": ("video", "video/mpeg"),
    "ts": ("video", "video/mp2t"),
    "wav": ("audio", "audio/wav"),
    "mp3": ("audio", "audio/mpeg"),
    "m4a": ("audio", "audio/mp4"),
    "aac": ("audio", "audio/aac"),
    "flac": ("audio", "audio/flac"),
    "ogg": ("audio", "audio/ogg"),
    "opus": ("audio", "audio/ogg"),
    "wma": ("audio", "audio/x-ms-wma"),
    "amr": ("audio", "audio/amr"),
    "jpg": ("image", "image/jpeg"),
    "jpeg": ("image", "image/jpeg"),
    "png": ("image", "image/png"),
    "gif": ("image", "image/gif"),
    "webp": ("image", "image/webp"),
    "bmp": ("image", "image/bmp"),
    "heic": ("image", "image/heic"),
}
"""Extension (lower case, no dot) → (kind of upload, content type)."""

_MAY_HOLD_ONLY_SOUND: Final = frozenset(
    {
        "video/mp4",
        "video/quicktime",
        "video/3gpp",
        "video/x-matroska",
        "video/webm",
        "video/ogg",
        "video/x-ms-wmv",
    }
)

_VIDEO_MP4 = Sniffed("video/mp4", "video", "mov")
_QUICKTIME = Sniffed("video/quicktime", "video", "mov")
_MP3 = Sniffed("audio/mpeg", "audio", "mp3")
_AAC = Sniffed("audio/aac", "audio", "aac")
_FLAC = Sniffed("audio/flac", "audio", "flac")

_PREFIXES: Final[tuple[tuple[bytes, Sniffed], ...]] = (
    (b"\xff\xd8\xff", Sniffed("image/jpeg", "image", "jpeg_pipe")),
    (b"\x89PNG\r\n\x1a\n", Sniffed("image/png", "image", "png_pipe")),
    (b"GIF87a", Sniffed("image/gif", "image", "gif")),
    (b"GIF89a", Sniffed("image/gif", "image", "gif")),
    (b"fLaC", _FLAC),
    (b"#!AMR", Sniffed("audio/amr", "audio", "amr")),
    (b"FLV\x01", Sniffed("video/x-flv", "video", "flv")),
    (b"\x00\x00\x01\xba", Sniffed("video/mpeg", "video", "mpeg")),
    (
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
        Sniffed("video/x-ms-wmv", "video", "asf"),
    ),
)

_RIFF_FORMS: Final[dict[bytes, Sniffed]] = {
    b"WAVE": Sniffed("audio/wav", "audio", "wav"),
    b"AVI ": Sniffed("video/x-msvideo", "video", "avi"),
    b"WEBP": Sniffed("image/webp", "image", "webp_pipe"),
}

_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
_AUDIO_BRANDS: Final = frozenset({b"M4A ", b"M4B ", b"M4P ", b"F4A "})
_QUICKTIME_BOXES: Final = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})


def extension_of(filename: str) -> str:
    """The lower-case extension without its dot, or an empty string."""
    stem, dot, extension = filename.rpartition(".")
    return extension.lower() if dot and stem else ""


def acceptable(kind: Kind, sniffed: Sniffed | None) -> bool:
    """Whether a file of this type may be uploaded as `kind`.

    A recording is often an MP4 without a picture, so those containers pass as audio too; the
    job's probe then decides by the streams.
    """
    if sniffed is None:
        return False
    return sniffed.kind == kind or (kind == "audio" and sniffed.mime in _MAY_HOLD_ONLY_SOUND)


def sniff(head: bytes) -> Sniffed | None:
    """The type of a file that begins with `head`, or None when it is none of ours."""
    for prefix, sniffed in _PREFIXES:
        if head.startswith(prefix):
            return sniffed
    for detect in (_riff, _iso_media, _ebml, _ogg, _bmp, _id3, _mpeg_ts, _adts, _mp3):
        found = detect(head)
        if found is not None:
            return found
    return None


def _riff(head: bytes) -> Sniffed | None:
    if head[:4] not in (b"RIFF", b"RF64"):
        return None
    return _RIFF_FORMS.get(head[8:12])


def _iso_media(head: bytes) -> Sniffed | None:
    box, brand = head[4:8], head[8:12]
    if box == b"ftyp" and len(brand) == 4:
        return _by_brand(brand)
    # QuickTime files older than the ftyp box begin with any of these; sizes are big-endian.
    if box in _QUICKTIME_BOXES and head[0] < 0x20:
        return _QUICKTIME
    return None


def _by_brand(brand: bytes) -> Sniffed:
    if brand in _HEIF_BRANDS:
        return Sniffed("image/heic", "image", "mov")
    if brand == b"avif":
        return Sniffed("image/avif", "image", "mov")
    if brand in _AUDIO_BRANDS:
        return Sniffed("audio/mp4", "audio", "mov")
    if brand == b"qt  ":
        return _QUICKTIME
    if brand[:3] in (b"3gp", b"3g2"):
        return Sniffed("video/3gpp", "video", "mov")
    return _VIDEO_MP4


def _ebml(head: bytes) -> Sniffed | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    header = head[:64]
    if b"webm" in header:
        return Sniffed("video/webm", "video", "matroska")
    if b"matroska" in header:
        return Sniffed("video/x-matroska", "video", "matroska")
    return None


def _ogg(head: bytes) -> Sniffed | None:
    if not head.startswith(b"OggS"):
        return None
    if b"\x80theora" in head[:512]:
        return Sniffed("video/ogg", "video", "ogg")
    return Sniffed("audio/ogg", "audio", "ogg")


def _bmp(head: bytes) -> Sniffed | None:
    # "BM" alone is two letters of any text: the reserved words are zero, the header size known.
    header_size = int.from_bytes(head[14:18], "little")
    if head[:2] == b"BM" and head[6:10] == bytes(4) and header_size in (12, 40, 52, 56, 108, 124):
        return Sniffed("image/bmp", "image", "bmp_pipe")
    return None


def _id3(head: bytes) -> Sniffed | None:
    """A leading ID3v2 tag: nearly always MP3, else what follows it where `head` reaches so far."""
    if not head.startswith(b"ID3") or len(head) < 10 or any(byte & 0x80 for byte in head[6:10]):
        return None
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    rest = head[10 + size :]
    if rest.startswith(b"fLaC"):
        return _FLAC
    return _adts(rest) or _MP3


def _mpeg_ts(head: bytes) -> Sniffed | None:
    if len(head) >= 377 and head[0] == head[188] == head[376] == 0x47:
        return Sniffed("video/mp2t", "video", "mpegts")
    return None


def _adts(head: bytes) -> Sniffed | None:
    """Two AAC frames in a row: sync, layer 0, a known rate, and the second where the first ends."""
    if len(head) < 7 or not _is_adts_header(head):
        return None
    length = (head[3] & 0x03) << 11 | head[4] << 3 | head[5] >> 5
    following = head[length : length + 7]
    return _AAC if length >= 7 and (len(following) < 7 or _is_adts_header(following)) else None


def _is_adts_header(data: bytes) -> bool:
    return data[0] == 0xFF and data[1] & 0xF6 == 0xF0 and (data[2] >> 2) & 0x0F < 13


def _mp3(head: bytes) -> Sniffed | None:
    """Two MPEG audio layer III frames in a row."""
    length = _mp3_frame_length(head)
    if length is None:
        return None
    following = head[length : length + 4]
    return _MP3 if len(following) < 4 or _mp3_frame_length(following) is not None else None


_BITRATES_V1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITRATES_V2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLE_RATES = (44100, 48000, 32000)


def _mp3_frame_length(data: bytes) -> int | None:
    """Bytes in the layer III frame that starts here, or None when none does."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:
        return None
    version, bitrate, rate = (data[1] >> 3) & 3, data[2] >> 4, (data[2] >> 2) & 3
    if version == 1 or bitrate in (0, 15) or rate == 3:
        return None
    first_version = version == 3
    kilobits = (_BITRATES_V1 if first_version else _BITRATES_V2)[bitrate]
    sample_rate = _SAMPLE_RATES[rate] // {3: 1, 2: 2, 0: 4}[version]
    samples_per_8_bits = 144 if first_version else 72
    return samples_per_8_bits * kilobits * 1000 // sample_rate + ((data[2] >> 1) & 1)
