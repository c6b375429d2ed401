"""What a file really is, from its first bytes. Pure: the caller reads them.

A name and a declared content type are claims; only the bytes choose the demuxer. Playlists,
subtitle and script formats are not recognised on purpose: they can make a demuxer open other files.

Signatures: ISO/IEC 14496-12 (ftyp), RFC 9559 (EBML), ISO/IEC 13818-1 and -7 (TS, PS, ADTS),
ISO/IEC 11172-3 (MPEG audio frames), RFC 3533 (Ogg), RFC 4867 (AMR), RFC 9639 (FLAC), RIFF, ASF,
Apple Core Audio Format, AIFF, BDAV (M2TS: 192 bytes a packet, the first four a time code).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dh_core.files.formats import Kind, advice, as_kind

HEAD_BYTES: Final = 65_536
"""How many leading bytes `sniff` wants; fewer are fine when the file is shorter. Recordings that
were cut begin with the rest of a frame or with padding, which ffmpeg skips up to here."""

_FRAMES_IN_A_ROW: Final = 4
"""What makes sound of bytes that begin with something else."""


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A recognised type. `demuxer` is the name ffmpeg's `-f` takes for reading it;
    a document has none."""

    mime: str
    kind: Kind
    demuxer: str


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
    (b"%PDF-", Sniffed("application/pdf", "document", "")),
    (b"caff", Sniffed("audio/x-caf", "audio", "caf")),
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
_STILL_BRANDS: Final = frozenset({b"mif1", b"msf1"})
"""Say only that it is a picture; the brands that follow say of which kind."""
_FTYP_BYTES: Final = 256
_AUDIO_BRANDS: Final = frozenset({b"M4A ", b"M4B ", b"M4P ", b"F4A "})
_QUICKTIME_BOXES: Final = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})


def acceptable(kind: Kind, sniffed: Sniffed | None) -> bool:
    """Whether a file of this type may be uploaded as `kind`.

    A recording is often an MP4 without a picture, so those containers pass as audio too; the
    job's probe then decides by the streams.
    """
    return sniffed is not None and as_kind(kind, sniffed.kind, sniffed.mime) is not None


def sniff(head: bytes) -> Sniffed | None:
    """The type of a file that begins with `head`, or None when it is none of ours."""
    if advice(head) is not None:
        return None
    for prefix, sniffed in _PREFIXES:
        if head.startswith(prefix):
            return sniffed
    detectors = (_riff, _aiff, _iso_media, _ebml, _ogg, _bmp, _id3, _mpeg_ts, _adts, _mp3)
    for detect in (*detectors, _sound_after_junk):
        found = detect(head)
        if found is not None:
            return found
    return None


def _riff(head: bytes) -> Sniffed | None:
    if head[:4] not in (b"RIFF", b"RF64", b"BW64"):
        return None
    return _RIFF_FORMS.get(head[8:12])


def _aiff(head: bytes) -> Sniffed | None:
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return Sniffed("audio/aiff", "audio", "aiff")
    return None


def _iso_media(head: bytes) -> Sniffed | None:
    box, brand = head[4:8], head[8:12]
    if box == b"ftyp" and len(brand) == 4:
        listed = head[16 : min(int.from_bytes(head[:4], "big"), _FTYP_BYTES)]
        if brand in _STILL_BRANDS and b"avif" in listed and b"heic" not in listed:
            brand = b"avif"
        return _by_brand(brand)
    # QuickTime files older than the ftyp box begin with any of these; sizes are big-endian.
    if box in _QUICKTIME_BOXES and head[0] < 0x20:
        return _QUICKTIME
    return None


def _by_brand(brand: bytes) -> Sniffed:
    if brand in _HEIF_BRANDS:
        return Sniffed("image/heic", "image", "mov")
    if brand in (b"avif", b"avis"):
        return Sniffed("image/avif", "image", "mov")
    if brand in _AUDIO_BRANDS:
        return Sniffed("audio/mp4", "audio", "mov")
    if brand == b"qt  ":
        return _QUICKTIME
    if brand[:2] == b"3g":
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


_TS_PACKET_BYTES: Final = (188, 192, 204)
"""Plain; with a time code before each packet (AVCHD, Blu-ray); with error correction after it."""


def _mpeg_ts(head: bytes) -> Sniffed | None:
    """Packets in a row, the first of which may be cut."""
    for size in _TS_PACKET_BYTES:
        for start in range(min(size, len(head))):
            packets = range(start, len(head) - 3, size)[:5]
            if len(packets) >= 3 and all(_is_ts_packet(head[at : at + 4]) for at in packets):
                return Sniffed("video/mp2t", "video", "mpegts")
    return None


def _is_ts_packet(header: bytes) -> bool:
    """Sync byte, no transmission error, and something in it."""
    return header[0] == 0x47 and not header[1] & 0x80 and bool(header[3] & 0x30)


def _adts(head: bytes) -> Sniffed | None:
    """Two AAC frames in a row: sync, layer 0, a known rate, and the second where the first ends."""
    return _AAC if _follow(head, 0, _adts_frame_length, 2) else None


def _mp3(head: bytes) -> Sniffed | None:
    """Two MPEG audio layer III frames in a row."""
    return _MP3 if _follow(head, 0, _mp3_frame_length, 2) else None


def _sound_after_junk(head: bytes) -> Sniffed | None:
    """Frames in a row after padding, a lost tag, or the rest of a frame."""
    start = head.find(0xFF)
    while start >= 0:
        for length_of, found in ((_mp3_frame_length, _MP3), (_adts_frame_length, _AAC)):
            whole = _follow(head, start, length_of, _FRAMES_IN_A_ROW, to_the_end=False)
            if whole:
                return found
        start = head.find(0xFF, start + 1)
    return None


def _follow(
    head: bytes,
    start: int,
    length_of: Callable[[bytes], int | None],
    count: int,
    *,
    to_the_end: bool = True,
) -> bool:
    """Whether `count` frames follow each other; fewer where `head` ends, if that may be."""
    for number in range(count):
        frame = head[start : start + _FRAME_HEADER_BYTES]
        if number and len(frame) < _FRAME_HEADER_BYTES:
            return to_the_end
        length = length_of(frame)
        if length is None:
            return False
        start += length
    return True


_FRAME_HEADER_BYTES: Final = 7


def _adts_frame_length(data: bytes) -> int | None:
    """Bytes in the AAC frame that starts here, or None when none does."""
    if len(data) < 7 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0 or (data[2] >> 2) & 0x0F >= 13:
        return None
    length = (data[3] & 0x03) << 11 | data[4] << 3 | data[5] >> 5
    return length if length >= 7 else None


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
