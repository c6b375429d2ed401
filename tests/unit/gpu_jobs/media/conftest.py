"""Small media files made by the real ffmpeg, once per session."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gpu_jobs.media import ffmpeg

MakeMedia = Callable[..., Path]


@pytest.fixture(scope="session")
def make_media(tmp_path_factory: pytest.TempPathFactory) -> MakeMedia:
    """`make_media("a.mp4", *arguments)` runs ffmpeg with them and gives the file's path."""
    folder = tmp_path_factory.mktemp("media")

    def make(name: str, *arguments: str) -> Path:
        path = folder / name
        if not path.exists():
            head = [ffmpeg.executable(), "-nostdin", "-v", "error", "-y"]
            subprocess.run([*head, *arguments, str(path)], check=True, timeout=60)
        return path

    return make


@pytest.fixture(scope="session")
def talking_video(make_media: MakeMedia) -> Path:
    """1.2 s, 192×108 at 25 fps, a 440 Hz tone in stereo at 44.1 kHz."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=192x108:r=25:d=1.2")
    sound = ("-f", "lavfi", "-i", "sine=440:r=44100:d=1.2", "-ac", "2")
    return make_media("talking.mp4", *picture, *sound, "-pix_fmt", "yuv420p")


@pytest.fixture(scope="session")
def silent_video(make_media: MakeMedia) -> Path:
    """The same picture without a sound track."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=192x108:r=25:d=1.2")
    return make_media("silent.mp4", *picture, "-pix_fmt", "yuv420p")


@pytest.fixture(scope="session")
def rotated_video(make_media: MakeMedia, silent_video: Path) -> Path:
    """The same picture as a phone held upright stores it: landscape pixels, a quarter turn."""
    source = ("-display_rotation", "90", "-i", str(silent_video))
    return make_media("rotated.mp4", *source, "-c", "copy")
