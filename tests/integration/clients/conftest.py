"""An owner of the test run's embedded cloud for all that use the Python client."""

from __future__ import annotations

import subprocess

import imageio_ffmpeg
import pytest

from tests.support.shared_cloud import shared_cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    with shared_cloud(tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="module")
def key(cloud, request):
    """Of the module's own owner."""
    return cloud.key(f"clients-{request.path.stem}")


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    """A second with a tone."""
    path = tmp_path_factory.mktemp("film") / "me.mp4"
    source = ["-f", "lavfi", "-i"]
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(),
            *[*source, "testsrc=size=128x96:rate=25:duration=1"],
            *[*source, "sine=frequency=440:duration=1"],
            *["-pix_fmt", "yuv420p", path],
        ],
        check=True,
        capture_output=True,
    )
    return path
