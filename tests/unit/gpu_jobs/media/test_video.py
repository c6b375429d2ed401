from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from dh_core.errors import NoVideoStream
from gpu_jobs.media.audio import write_wav
from gpu_jobs.media.ffmpeg import read_frames
from gpu_jobs.media.probe import probe
from gpu_jobs.media.video import constant_rate, fitted_size, normalise_video


@pytest.mark.parametrize(
    ("mean", "constant"),
    [
        ("25", "25"),
        ("22.13", "22.13"),
        ("30000/1001", "30000/1001"),
        ("60", "30"),
        ("60000/1001", "30000/1001"),
        ("50", "25"),
        ("29.9999", "30"),
        ("30.001", "30"),
        ("120", "30"),
    ],
)
def test_a_rate_is_kept_when_it_fits_and_divided_when_not(mean: str, constant: str) -> None:
    assert constant_rate(Fraction(mean), 30) == Fraction(constant)


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((1280, 720), (1280, 720)),
        ((3840, 2160), (1920, 1080)),
        ((2160, 3840), (1080, 1920)),
        ((101, 57), (100, 56)),
        ((4000, 1000), (1920, 480)),
    ],
)
def test_sizes_shrink_into_the_limits_and_become_even(
    size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    assert fitted_size(*size, max_long=1920, max_short=1080) == fitted


def test_a_phone_video_becomes_upright_without_sound(tmp_path: Path, rotated_video: Path) -> None:
    result = normalise_video(rotated_video, tmp_path / "n.mp4")
    info = probe(tmp_path / "n.mp4")
    assert (result.width, result.height, result.rotation) == (108, 192, 0)
    assert info.audio is None
    assert info.duration == pytest.approx(1.2, abs=0.01)


def test_a_variable_rate_becomes_constant(make_media, tmp_path: Path) -> None:
    jumpy = make_media(
        "jumpy.mkv",
        *("-f", "lavfi", "-i", "testsrc2=s=96x64:r=30:d=2"),
        *("-vf", "select='not(eq(mod(n,5),3))'", "-fps_mode", "vfr"),
    )
    video = normalise_video(jumpy, tmp_path / "n.mp4")
    with read_frames(tmp_path / "n.mp4", width=96, height=64) as frames:
        count = sum(1 for _ in frames)
    assert count == pytest.approx(float(2 * video.fps), abs=2)


def test_hdr_becomes_ordinary_colour(make_media, tmp_path: Path) -> None:
    hdr = make_media(
        "hdr.mp4",
        *("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.2"),
        *("-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-x265-params", "log-level=none"),
        *("-vf", "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"),
    )
    source = probe(hdr).video
    assert source is not None
    assert source.is_hdr
    assert not normalise_video(hdr, tmp_path / "n.mp4").is_hdr


def test_sound_alone_cannot_be_normalised(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.zeros(8_000, np.float32), 16_000)
    with pytest.raises(NoVideoStream):
        normalise_video(tmp_path / "a.wav", tmp_path / "n.mp4")
    assert not (tmp_path / "n.mp4").exists()
