"""The names that uploaded files are stored under. Pure."""

from __future__ import annotations

import re
import unicodedata

from dh_core import file_checks
from dh_core.clock import short_id
from dh_core.errors import InvalidRequest
from dh_core.limits import MAX_NAME_CHARACTERS, FileType
from dh_core.sniff import MIME_TYPES, extension_of

# Separators, and the characters that Amazon S3's guide to object keys says to avoid.
_AVOIDED = re.compile(r"""[/\\:*?"'<>|#%{}^\[\]`~]""")
_UNSPECIFIC_TYPES = frozenset({"application/octet-stream", "binary/octet-stream"})


def typed_extension(filename: str, file_type: FileType, declared: str | None) -> tuple[str, str]:
    """The (extension, content type) of a file from its name.

    Raises InvalidRequest when the name, or the content type that the client declared, is not one
    of `file_type`.
    """
    extension = extension_of(filename)
    kind, mime = MIME_TYPES.get(extension, (None, ""))
    if kind != file_type or not _agrees(declared, file_type):
        problem = file_checks.unsupported(file_type)
        raise InvalidRequest(problem.message, code=problem.code)
    return extension, mime


def _agrees(declared: str | None, file_type: FileType) -> bool:
    if not declared or declared.lower() in _UNSPECIFIC_TYPES:
        return True
    return declared.lower().startswith(f"{file_type}/")


def stored_name(custom_name: str | None, extension: str) -> str:
    """The name to store a file under: the client's own, made safe, or a random one."""
    if not custom_name or not custom_name.strip():
        return f"{short_id()}.{extension}"
    return f"{_safe_stem(custom_name, extension)}.{extension}"


def with_suffix(filename: str) -> str:
    """Another name like `filename`, for when that one is taken."""
    stem, _, extension = filename.rpartition(".")
    return f"{stem}-{short_id()[:6]}.{extension}"


def _safe_stem(custom_name: str, extension: str) -> str:
    text = _AVOIDED.sub("", unicodedata.normalize("NFC", custom_name))
    # Categories C*: control, invisible formatting (right-to-left overrides), unassigned.
    visible = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or not unicodedata.category(char).startswith("C")
    )
    stem = " ".join(visible.split())
    if stem.lower().endswith(f".{extension}"):
        stem = stem[: -len(extension) - 1]
    stem = stem.lstrip(". ")[:MAX_NAME_CHARACTERS].rstrip(". ")
    if not stem:
        raise InvalidRequest(
            "custom_name holds nothing that can be part of a file name; use letters or digits.",
            code="invalid_name",
        )
    return stem
