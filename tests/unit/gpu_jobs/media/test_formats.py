"""Every format that an upload may have passes the checks of the upload and is read by the jobs."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import pillow_heif
import pytest
from PIL import Image

from dh_core.files import checks as file_checks
from dh_core.files.formats import extensions
from dh_core.limits import FileType
from gpu_jobs.media.ffmpeg import executable
from gpu_jobs.media.pictures.decoder import open_picture
from gpu_jobs.media.probe import probe

_NO_ENCODER: Final = {"amr"}
"""ffmpeg reads it, and cannot write it."""

_WRITTEN: Final[dict[str, list[str]]] = {
    "3gp": ["-c:v", "mpeg4", "-c:a", "aac", "-f", "3gp"],
    "3gpp": ["-c:v", "mpeg4", "-c:a", "aac", "-f", "3gp"],
    "3g2": ["-c:v", "mpeg4", "-c:a", "aac", "-f", "3g2"],
    "asf": ["-c:v", "wmv2", "-c:a", "wmav2"],
    "wmv": ["-c:v", "wmv2", "-c:a", "wmav2"],
    "wma": ["-c:a", "wmav2", "-f", "asf"],
    "flv": ["-c:v", "flv", "-c:a", "aac", "-ar", "44100"],
    "m2ts": ["-c:v", "libx264", "-c:a", "aac", "-f", "mpegts", "-mpegts_m2ts_mode", "1"],
    "mts": ["-c:v", "libx264", "-c:a", "aac", "-f", "mpegts", "-mpegts_m2ts_mode", "1"],
    "vob": ["-c:v", "mpeg2video", "-c:a", "mp2", "-f", "vob"],
    "qt": ["-f", "mov"],
    "ogv": ["-c:v", "libtheora", "-c:a", "libvorbis"],
    "webm": ["-c:v", "libvpx", "-c:a", "libopus"],
    "weba": ["-c:a", "libopus", "-f", "webm"],
    "m4b": ["-f", "ipod"],
    "mka": ["-f", "matroska"],
    "aif": ["-f", "aiff"],
}
_VIDEOS, _SOUNDS = extensions("video"), [e for e in extensions("audio") if e not in _NO_ENCODER]


def made(folder: Path, extension: str, *, picture: bool) -> Path:
    """A second of a test card and a tone, or of the tone."""
    path = folder / f"upload.{extension}"
    sources = ["-f", "lavfi", "-i", "testsrc=s=176x144:r=25:d=1"] if picture else []
    sources += ["-f", "lavfi", "-i", "sine=440:d=1"]
    options = _WRITTEN.get(extension, [])
    if not picture:
        options = [*_without_picture(options), "-vn"]
    argv = [executable(), "-v", "error", "-y", *sources, "-pix_fmt", "yuv420p", *options, str(path)]
    if not picture:
        argv = [word for word in argv if word not in ("-pix_fmt", "yuv420p")]
    subprocess.run(argv, check=True, capture_output=True)
    return path


def _without_picture(options: list[str]) -> list[str]:
    at = options.index("-c:v") if "-c:v" in options else len(options)
    return options[:at] + options[at + 2 :]


def assert_accepted(path: Path, kind: FileType) -> None:
    with path.open("rb") as file:
        head = file.read(file_checks.HEAD_BYTES)
    assert file_checks.check(kind, path.stat().st_size, head) is None
    assert file_checks.content_type(kind, head).startswith(f"{kind}/")


@pytest.mark.parametrize("extension", _VIDEOS)
def test_a_film_of_every_format_is_accepted_and_read(tmp_path: Path, extension: str) -> None:
    path = made(tmp_path, extension, picture=True)
    assert_accepted(path, "video")
    found = probe(path)
    assert found.video is not None
    assert found.audio is not None


@pytest.mark.parametrize("extension", _SOUNDS)
def test_a_recording_of_every_format_is_accepted_and_read(tmp_path: Path, extension: str) -> None:
    path = made(tmp_path, extension, picture=False)
    assert_accepted(path, "audio")
    found = probe(path)
    assert found.audio is not None
    assert found.duration == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("extension", extensions("image"))
def test_a_picture_of_every_format_is_accepted_and_read(tmp_path: Path, extension: str) -> None:
    pillow_heif.register_heif_opener()
    path = tmp_path / f"upload.{extension}"
    Image.effect_mandelbrot((64, 48), (-2, -1, 1, 1), 50).convert("RGB").save(path)
    assert_accepted(path, "image")
    assert open_picture(path).bgr.shape == (48, 64, 3)


@pytest.mark.parametrize("junk", [bytes(10_000), b"\xff" * 777, b"ICY 200 OK\r\n\r\n", None])
@pytest.mark.parametrize("extension", ["mp3", "aac", "ts", "mts"])
def test_a_recording_that_begins_with_junk_is_accepted_and_read(
    tmp_path: Path, extension: str, junk: bytes | None
) -> None:
    """Padding, a lost tag, or (None) the rest of a frame: what cutting a stream leaves."""
    path = made(tmp_path, extension, picture=extension.endswith("ts"))
    whole = path.read_bytes()
    if extension.endswith("ts") and junk is not None:
        junk = junk[:150]  # the rest of a packet: more is no stream that was cut
    path.write_bytes(whole[300:] if junk is None else junk + whole)
    kind: FileType = "video" if extension.endswith("ts") else "audio"
    assert_accepted(path, kind)
    assert probe(path).audio is not None
