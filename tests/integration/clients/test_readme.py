"""The examples of the client's README, run as they stand against the embedded cloud."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from dh_client import DhError

README = Path(__file__).resolve().parents[3] / "clients" / "python" / "README.md"
VIDEO, ASYNC, ERRORS = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def run(cloud, key, film, tmp_path, monkeypatch):
    """Runs an example where me.mp4 lies."""
    shutil.copy(film, tmp_path / "me.mp4")
    monkeypatch.chdir(tmp_path)

    def run_it(example):
        code = example.replace('"http://127.0.0.1:8000"', f'"{cloud.url}", "{key}"')
        exec(compile(code, str(README), "exec"), {})

    return run_it


def test_the_video_is_asked_for_and_what_is_no_film_is_refused(run, tmp_path):
    # tests/e2e/test_tasks.py makes the video itself by the same calls.
    (tmp_path / "me.mp4").write_text("only words")
    with pytest.raises(DhError, match="not a supported file of type video"):
        run(VIDEO)


def test_the_sound_is_saved_without_blocking(run, tmp_path):
    run(ASYNC)
    assert (tmp_path / "me.wav").read_bytes()[:4] == b"RIFF"


def test_the_error_is_told_with_its_code(run, capsys):
    run(ERRORS)
    assert capsys.readouterr().out.startswith("task_not_found 404 ")
