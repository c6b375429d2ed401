from __future__ import annotations

import pytest

from dh_core.file_checks import check
from dh_core.limits import MAX_FILE_BYTES

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(28)
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(64)


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
