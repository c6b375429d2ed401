from __future__ import annotations

import re
from pathlib import Path

import pytest

from dh_core.files.checks import check
from dh_core.files.formats import MIME_TYPES
from dh_core.limits import FILE_TYPES, MAX_FILE_BYTES

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(28)
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(64)
PICTURES = {
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64),
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(64),
    "gif": b"GIF89a" + bytes(64),
    "webp": b"RIFF\x48\x00\x00\x00WEBPVP8 " + bytes(64),
    "heic": b"\x00\x00\x00\x18ftypheic" + bytes(64),
}


def test_a_file_of_its_kind_and_within_the_limit_passes() -> None:
    assert check("audio", len(WAV), WAV) is None
    assert check("video", MAX_FILE_BYTES["video"], MP4) is None


@pytest.mark.parametrize(
    ("size", "head", "code"),
    [
        (0, b"", "empty_file"),
        (MAX_FILE_BYTES["video"] + 1, MP4, "file_too_large"),
        (100, b"a text file named .mp4", "unsupported_type"),
        (100, WAV, "unsupported_type"),
    ],
)
def test_a_problem_has_a_code_and_says_what_to_do(size: int, head: bytes, code: str) -> None:
    problem = check("video", size, head)
    assert problem is not None
    assert problem.code == code
    assert ";" in problem.message


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_renamed_to_mp4_is_no_video(kind: str) -> None:
    problem = check("video", len(PICTURES[kind]), PICTURES[kind])
    assert problem is not None
    assert problem.code == "unsupported_type"
    assert "/api/upload/image" in problem.message


def test_the_page_about_the_api_names_every_format_of_an_upload() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "api.md").read_text()
    for kind in FILE_TYPES:
        row = next(line for line in page.splitlines() if line.startswith(f"| `{kind}` |"))
        own = {ext for ext, (whose, _) in MIME_TYPES.items() if whose == kind}
        assert own <= set(re.findall(r"\w+", row))
