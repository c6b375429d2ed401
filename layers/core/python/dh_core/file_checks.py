"""Whether an uploaded file may be used: its size and what its first bytes say it is. Pure.

The API asks before it stores a direct upload, the dispatcher asks when an object has arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dh_core.limits import MAX_FILE_BYTES, MEBIBYTE, FileType
from dh_core.sniff import HEAD_BYTES, MIME_TYPES, acceptable, sniff

__all__ = ["EMPTY", "HEAD_BYTES", "FileProblem", "check", "too_large", "unsupported"]


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Why a file was refused: a stable code, and a sentence that says what to do."""

    code: str
    message: str


EMPTY: Final = FileProblem("empty_file", "The file is empty; choose it again and upload it whole.")


def check(file_type: FileType, size: int, head: bytes) -> FileProblem | None:
    """Judge a file of `size` bytes that begins with `head` (`sniff.HEAD_BYTES` suffice)."""
    if size <= 0:
        return EMPTY
    if size > MAX_FILE_BYTES[file_type]:
        return too_large(file_type)
    if not acceptable(file_type, sniff(head)):
        return unsupported(file_type)
    return None


def too_large(file_type: FileType) -> FileProblem:
    limit = MAX_FILE_BYTES[file_type] // MEBIBYTE
    return FileProblem(
        "file_too_large",
        f"A file of type {file_type} may have at most {limit} MB; compress or cut it.",
    )


def unsupported(file_type: FileType) -> FileProblem:
    extensions = ", ".join(
        sorted(ext for ext, (kind, _) in MIME_TYPES.items() if kind == file_type)
    )
    return FileProblem(
        "unsupported_type",
        f"This is not a supported file of type {file_type}; use one of: {extensions}.",
    )
