"""Whether an uploaded file may be used: its size and what its first bytes say it is. Pure.

The API asks before it stores a direct upload, the dispatcher asks when an object has arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dh_core.files.formats import advice, as_kind, extensions
from dh_core.files.sniff import HEAD_BYTES, acceptable, sniff
from dh_core.limits import MAX_FILE_BYTES, MEBIBYTE, FileType

__all__ = [
    "EMPTY",
    "HEAD_BYTES",
    "FileProblem",
    "check",
    "content_type",
    "too_large",
    "unsupported",
]


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
    sniffed = sniff(head)
    if acceptable(file_type, sniffed):
        return None
    known = advice(head)
    if known is not None:
        return FileProblem("unsupported_type", known)
    if sniffed is not None:
        return FileProblem(
            "unsupported_type",
            f"This is a file of type {sniffed.kind} ({sniffed.mime}), not {file_type}; upload it "
            f"to /api/upload/{sniffed.kind}, or choose another.",
        )
    return unsupported(file_type)


def content_type(file_type: FileType, head: bytes) -> str:
    """The content type of a file that has passed `check`, by its bytes."""
    sniffed = sniff(head)
    found = None if sniffed is None else as_kind(file_type, sniffed.kind, sniffed.mime)
    if found is None:
        raise ValueError("the file was refused")
    return found


def too_large(file_type: FileType) -> FileProblem:
    limit = MAX_FILE_BYTES[file_type] // MEBIBYTE
    return FileProblem(
        "file_too_large",
        f"A file of type {file_type} may have at most {limit} MB; compress or cut it.",
    )


def unsupported(file_type: FileType) -> FileProblem:
    return FileProblem(
        "unsupported_type",
        f"This is not a supported file of type {file_type}; use one of: "
        f"{', '.join(extensions(file_type))}.",
    )
