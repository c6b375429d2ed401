"""Colours arrive in the film as they were, and parts of a picture come back as they went."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from gpu_jobs.media.ffmpeg import read_frames
from gpu_jobs.media.pictures.colour import cut_planes, put_planes, to_bgr, to_yuv420
from gpu_jobs.media.video.encoder import VideoEncoder

SIZE = (66, 50)
"""Not divisible by four: then a chroma plane ends in the middle of a row of luma."""


def filmed(path: Path, frame: np.ndarray) -> np.ndarray:
    """The frame as a player shows it."""
    width, height = SIZE
    with VideoEncoder(path, width=width, height=height, fps=Fraction(25)) as encoder:
        for _ in range(3):
            encoder.write(frame)
    with read_frames(path, width=width, height=height) as frames:
        return next(iter(frames)).astype(int)


@pytest.mark.parametrize(
    "colour",
    [(0, 0, 0), (255, 255, 255), (118, 142, 196), (200, 30, 20), (20, 30, 200), (30, 180, 40)],
)
def test_a_colour_survives(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    frame = np.full((SIZE[1], SIZE[0], 3), colour, np.uint8)
    shown = filmed(tmp_path / "film.mp4", frame)
    np.testing.assert_allclose(shown.mean((0, 1)), colour, atol=4)


def picture() -> np.ndarray:
    across = np.linspace(0, 255, SIZE[0], dtype=np.uint8)
    frame = np.dstack([np.tile(across, (SIZE[1], 1))] * 3)
    frame[10:30, 20:40] = (40, 60, 210)
    return frame


def test_edges_of_a_colour_stay_where_they_are(tmp_path: Path) -> None:
    off = np.abs(filmed(tmp_path / "film.mp4", picture()) - picture())
    assert off.mean() < 5
    assert off[14:26, 24:36].mean() < 6


def test_a_part_made_bgr_and_put_back_is_what_it_was() -> None:
    planes = to_yuv420(picture())
    rows, columns = slice(12, 40), slice(8, 66)
    part = to_bgr(cut_planes(planes, rows, columns))
    assert np.abs(part.astype(int) - to_bgr(planes)[rows, columns])[1:, 1:-1].max() <= 1
    part[20:, 30:50] = (90, 200, 90)
    changed = planes.copy()
    put_planes(changed, rows, columns, to_yuv420(part))
    shown = to_bgr(changed)
    assert np.abs(shown[34:38, 42:54].astype(int) - (90, 200, 90)).max() <= 2
    luma = changed[: SIZE[1]].astype(int) - planes[: SIZE[1]]
    luma[32:40, 38:58] = 0
    assert np.abs(luma).max() <= 1
