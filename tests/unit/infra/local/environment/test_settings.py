"""`dh serve` with a setting that cannot work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[5]


@pytest.mark.parametrize(
    ("variables", "options", "said"),
    [
        (
            {"UPLOAD_EXPIRES_SECONDS": "3"},
            (),
            "dh: UPLOAD_EXPIRES_SECONDS=3: it must be a whole number from 60 to 43200, "
            "such as 3600.",
        ),
        (
            {"KEEP_ALIVE_SECONDS": "ten"},
            (),
            "dh: KEEP_ALIVE_SECONDS=ten: it must be a whole number",
        ),
        ({"AUTH_MODE": "tokn"}, (), "dh: AUTH_MODE=tokn: it must be none or token."),
        ({}, ("--port", "99999"), "a port is a number from 0 (any free one) to 65535"),
        ({}, ("--vcpus", "0"), "it must be more than 0"),
    ],
)
def test_the_server_ends_with_a_sentence_and_is_never_ready(tmp_path, variables, options, said):
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "infra.local.cli.main",
            "serve",
            "--data",
            tmp_path / "data",
            *options,
        ],
        env={**os.environ, **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    assert said in ended.stderr.splitlines()[-1]
    if variables:
        assert len(ended.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()
