"""The names that uploaded files are stored under. Pure."""

from __future__ import annotations

import re
import unicodedata

from dh_core.clock import short_id
from dh_core.errors import InvalidRequest
from dh_core.files import checks as file_checks
from dh_core.files.formats import AS_SOUND, UNKNOWN_TYPE, content_type, extension_for, extension_of
from dh_core.limits import MAX_NAME_CHARACTERS, FileType

# Separators, and the characters that Amazon S3's guide to object keys says to avoid.
_AVOIDED = re.compile(r"""[/\\:*?"'<>|#%{}^\[\]`~]""")
_UNSPECIFIC_TYPES = frozenset({UNKNOWN_TYPE, "binary/octet-stream"})


def typed_extension(filename: str, file_type: FileType, declared: str | None) -> tuple[str, str]:
    """The (extension, content type) of a file from its name, or else from what is declared.

    A name without an extension says nothing ("blob" is what browsers call a recording): then the
    content type is unknown until the bytes have come, and there is no extension. Raises
    InvalidRequest when name or declaration are of another kind than `file_type`.
    """
    media_type = (declared or "").partition(";")[0].strip().lower()
    extension = extension_of(filename)
    if not extension:
        as_stored = AS_SOUND.get(media_type, media_type) if file_type == "audio" else media_type
        extension = extension_for(file_type, as_stored)
    mime = content_type(file_type, extension) if extension else UNKNOWN_TYPE
    if mime is None or not _agrees(media_type, file_type):
        problem = file_checks.unsupported(file_type)
        raise InvalidRequest(problem.message, code=problem.code)
    return extension, mime


def _agrees(media_type: str, file_type: FileType) -> bool:
    """A recorder may call its sound a film (video/webm): both are the same container."""
    if not media_type or media_type in _UNSPECIFIC_TYPES:
        return True
    kind = media_type.partition("/")[0]
    return kind == file_type or (file_type == "audio" and media_type in AS_SOUND)


def stored_name(custom_name: str | None, extension: str) -> str:
    """The name to store a file under: the client's own, made safe, or a random one."""
    if not custom_name or not custom_name.strip():
        return _joined(short_id(), extension)
    return _joined(_safe_stem(custom_name, extension), extension)


def with_suffix(filename: str) -> str:
    """Another name like `filename`, for when that one is taken."""
    extension = extension_of(filename)
    stem = filename.removesuffix(f".{extension}") if extension else filename
    return _joined(f"{stem}-{short_id()[:6]}", extension)


def _joined(stem: str, extension: str) -> str:
    return f"{stem}.{extension}" if extension else stem


def _safe_stem(custom_name: str, extension: str) -> str:
    text = _AVOIDED.sub("", unicodedata.normalize("NFC", custom_name))
    # Categories C*: control, invisible formatting (right-to-left overrides), unassigned.
    visible = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or not unicodedata.category(char).startswith("C")
    )
    stem = " ".join(visible.split())
    if extension and stem.lower().endswith(f".{extension}"):
        stem = stem[: -len(extension) - 1]
    stem = stem.lstrip(". ")[:MAX_NAME_CHARACTERS].rstrip(". ")
    if not stem:
        raise InvalidRequest(
            "custom_name holds nothing that can be part of a file name; use letters or digits.",
            code="invalid_name",
        )
    return stem
