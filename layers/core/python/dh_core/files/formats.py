"""The formats that uploads come in: their extensions, their content types, and advice on others.

Accepted is what phones, browsers and WeChat produce and ffmpeg or Pillow reads.
"""

from __future__ import annotations

from typing import Final, Literal

Kind = Literal["video", "audio", "image", "document"]

UNKNOWN_TYPE: Final = "application/octet-stream"
"""The content type of a registered file until its bytes have told."""

MIME_TYPES: Final[dict[str, tuple[Kind, str]]] = {
    "mp4": ("video", "video/mp4"),
    "m4v": ("video", "video/mp4"),
    "mov": ("video", "video/quicktime"),
    "qt": ("video", "video/quicktime"),
    "3gp": ("video", "video/3gpp"),
    "3gpp": ("video", "video/3gpp"),
    "3g2": ("video", "video/3gpp"),
    "avi": ("video", "video/x-msvideo"),
    "mkv": ("video", "video/x-matroska"),
    "webm": ("video", "video/webm"),
    "ogv": ("video", "video/ogg"),
    "flv": ("video", "video/x-flv"),
    "wmv": ("video", "video/x-ms-wmv"),
    "asf": ("video", "video/x-ms-wmv"),
    "mpg": ("video", "video/mpeg"),
    "mpeg": ("video", "video/mpeg"),
    "vob": ("video", "video/mpeg"),
    "ts": ("video", "video/mp2t"),
    "mts": ("video", "video/mp2t"),
    "m2ts": ("video", "video/mp2t"),
    "wav": ("audio", "audio/wav"),
    "mp3": ("audio", "audio/mpeg"),
    "m4a": ("audio", "audio/mp4"),
    "m4b": ("audio", "audio/mp4"),
    "aac": ("audio", "audio/aac"),
    "flac": ("audio", "audio/flac"),
    "ogg": ("audio", "audio/ogg"),
    "oga": ("audio", "audio/ogg"),
    "opus": ("audio", "audio/ogg"),
    "mka": ("audio", "audio/x-matroska"),
    "weba": ("audio", "audio/webm"),
    "wma": ("audio", "audio/x-ms-wma"),
    "amr": ("audio", "audio/amr"),
    "caf": ("audio", "audio/x-caf"),
    "aif": ("audio", "audio/aiff"),
    "aiff": ("audio", "audio/aiff"),
    "jpg": ("image", "image/jpeg"),
    "jpeg": ("image", "image/jpeg"),
    "jfif": ("image", "image/jpeg"),
    "png": ("image", "image/png"),
    "gif": ("image", "image/gif"),
    "webp": ("image", "image/webp"),
    "bmp": ("image", "image/bmp"),
    "heic": ("image", "image/heic"),
    "heif": ("image", "image/heic"),
    "avif": ("image", "image/avif"),
    "pdf": ("document", "application/pdf"),
}
"""Extension (lower case, no dot) → (kind of upload, content type)."""

AS_SOUND: Final[dict[str, str]] = {
    "video/mp4": "audio/mp4",
    "video/quicktime": "audio/mp4",
    "video/3gpp": "audio/3gpp",
    "video/x-matroska": "audio/x-matroska",
    "video/webm": "audio/webm",
    "video/ogg": "audio/ogg",
    "video/x-ms-wmv": "audio/x-ms-wma",
}
"""A recording is often a film without a picture: what such a container is as an audio upload."""

_PICTURE: Final = "This kind of picture cannot be read; export it as JPEG or PNG."
_RAW_PICTURE: Final = "This is a camera's raw picture; export it as JPEG or PNG."
_PAGE: Final = "This is a web page; download the file itself and upload that."
_ARCHIVE: Final = "This is an archive or a document; unpack it and upload the file inside."
_NO_SOUND: Final = "This holds notes, not sound; export it as WAV or MP3."
_SILK: Final = (
    "This is a WeChat voice message (SILK), which cannot be read; record as mp3 "
    '(RecorderManager.start with format: "mp3") and upload that.'
)

_ADVICE: Final[tuple[tuple[bytes, str], ...]] = (
    (b"#!SILK_V3", _SILK),
    (b"\x02#!SILK_V3", _SILK),
    (b"II*\x00", _RAW_PICTURE),
    (b"MM\x00*", _RAW_PICTURE),
    (b"\x00\x00\x00\x18ftypcrx ", _RAW_PICTURE),
    (b"FUJIFILMCCD-RAW", _RAW_PICTURE),
    (b"\xff\x0a", _PICTURE),
    (b"\x00\x00\x00\x0cJXL ", _PICTURE),
    (b"\x00\x00\x00\x0cjP  ", _PICTURE),
    (b"8BPS", _PICTURE),
    (b"<svg", _PICTURE),
    (b"<!DOCTYPE", _PAGE),
    (b"<!doctype", _PAGE),
    (b"<html", _PAGE),
    (b"PK\x03\x04", _ARCHIVE),
    (b"Rar!", _ARCHIVE),
    (b"7z\xbc\xaf", _ARCHIVE),
    (b"\x1f\x8b", _ARCHIVE),
    (b"MThd", _NO_SOUND),
    (b".RMF", "RealMedia cannot be read; convert it to MP4 (H.264 and AAC)."),
    (b"ADIF", "This form of AAC cannot be read; export it as M4A or MP3."),
    (b"#EXTM3U", "This is a playlist, not a film; upload the film itself."),
)
"""What is known not to work, by its first bytes, and what to do about it."""


def extension_of(filename: str) -> str:
    """The lower-case extension without its dot, or an empty string."""
    stem, dot, extension = filename.rpartition(".")
    return extension.lower() if dot and stem else ""


def extensions(kind: Kind) -> list[str]:
    """The extensions that a file of this kind may have, its own ones first."""
    fitting = [ext for ext in MIME_TYPES if content_type(kind, ext) is not None]
    return sorted(fitting, key=lambda extension: MIME_TYPES[extension][0] != kind)


def content_type(kind: Kind, extension: str) -> str | None:
    """The content type of an upload of this kind by its extension; None where they do not fit."""
    found = MIME_TYPES.get(extension)
    return None if found is None else as_kind(kind, *found)


def as_kind(kind: Kind, really: Kind, mime: str) -> str | None:
    """The content type of a file of one kind uploaded as another; None where that cannot be."""
    if really == kind:
        return mime
    return AS_SOUND.get(mime) if kind == "audio" else None


def extension_for(kind: Kind, mime: str) -> str:
    """The usual extension of a content type; empty for one that is none of ours."""
    return next((ext for ext in extensions(kind) if content_type(kind, ext) == mime), "")


def advice(head: bytes) -> str | None:
    """What to do with a file that begins with `head` and is known not to work."""
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return next((says for magic, says in _ADVICE if begins.startswith(magic)), None)
