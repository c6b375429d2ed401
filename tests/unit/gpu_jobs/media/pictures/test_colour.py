"""Colours arrive in the film as they were, by either way into the encoder."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from gpu_jobs.media.ffmpeg import read_frames
from gpu_jobs.media.pictures.colour import to_yuv420
from gpu_jobs.media.video.encoder import VideoEncoder

SIZE = (66, 50)
"""Not divisible by four: then a chroma plane ends in the middle of a row of luma."""


def filmed(path: Path, frame: np.ndarray, *, planar: bool) -> np.ndarray:
    """The frame as a player shows it."""
    width, height = SIZE
    with VideoEncoder(path, width=width, height=height, fps=Fraction(25), planar=planar) as encoder:
        for _ in range(3):
            encoder.write(to_yuv420(frame) if planar else frame)
    with read_frames(path, width=width, height=height) as frames:
        return next(iter(frames)).astype(int)


@pytest.mark.parametrize(
    "colour",
    [(0, 0, 0), (255, 255, 255), (118, 142, 196), (200, 30, 20), (20, 30, 200), (30, 180, 40)],
)
def test_a_colour_survives(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    frame = np.full((SIZE[1], SIZE[0], 3), colour, np.uint8)
    shown = filmed(tmp_path / "planar.mp4", frame, planar=True)
    np.testing.assert_allclose(shown.mean((0, 1)), colour, atol=4)


def test_planes_show_the_same_picture_as_bgr_frames(tmp_path: Path) -> None:
    across = np.linspace(0, 255, SIZE[0], dtype=np.uint8)
    frame = np.dstack([np.tile(across, (SIZE[1], 1))] * 3)
    frame[10:30, 20:40] = (40, 60, 210)
    planar = filmed(tmp_path / "planar.mp4", frame, planar=True)
    plain = filmed(tmp_path / "plain.mp4", frame, planar=False)
    assert np.abs(planar - frame).mean() < np.abs(plain - frame).mean() + 0.5
    assert np.abs(planar - frame)[14:26, 24:36].mean() < 6
