"""A film that is read while it is written: its segments, joined, are the film with its sound."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.media.video.fragments import Segment, Segments

RATE, SIDE = 24_000, 64


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001)])
def test_its_segments_come_while_it_grows_and_join_to_pictures_and_sound(
    tmp_path: Path, fps: Fraction
) -> None:
    frames = round(8.5 * fps)
    times = np.arange(int(frames / fps * RATE)) / RATE
    # Each second begins with a flash and a beep.
    sound = (0.3 * np.sin(2800 * times) * (times % 1 < 0.2)).astype(np.float32)
    film = tmp_path / "film.mp4"
    segments, made = Segments(film, RATE), list[Segment]()
    with VideoEncoder(film, width=SIDE, height=SIDE, fps=fps, fragmented=True) as encoder:
        for number in range(frames):
            lit = 255 * (float(number / fps) % 1 < 0.2)
            encoder.write(np.full((SIDE, SIDE, 3), lit, np.uint8))
            if number % round(fps) == 0:
                second = round(number / fps) * RATE
                segments.hear(sound[second : second + RATE])
    # All but its last piece, as a reader may find it.
    whole = film.read_bytes()
    film.write_bytes(whole[: len(whole) * 3 // 4])
    made += segments.finished()
    early = len(made)
    film.write_bytes(whole)
    made += segments.finished(ended=True)

    assert early >= 1
    assert [round(one.seconds) for one in made[:3]] == [1, 2, 4]
    joined = segments.beginning + b"".join(one.data for one in made)
    seen = changes(joined, "video", lambda frame: frame.to_ndarray(format="gray").mean() > 128)
    heard = changes(joined, "audio", lambda frame: np.abs(frame.to_ndarray()).max() > 0.1)
    assert len(seen) == 8
    # The beginning of the sound is the codec's delay.
    assert heard[-8:] == pytest.approx(seen, abs=0.06)
    with av.open(io.BytesIO(joined), "r") as file:
        assert sum(1 for _ in file.decode(video=0)) == frames


def changes(film: bytes, kind: str, is_on: Callable[[Any], bool]) -> list[float]:
    """When something begins that was not there the frame before."""
    with av.open(io.BytesIO(film), "r") as file:
        states = [(frame.time, is_on(frame)) for frame in file.decode(**{kind: 0})]
    return [at for (_, before), (at, now) in pairwise(states) if now and not before]


def test_a_film_that_has_not_begun_has_no_segments(tmp_path: Path) -> None:
    segments = Segments(tmp_path / "film.mp4", RATE)
    assert list(segments.finished()) == []
    (tmp_path / "film.mp4").write_bytes(b"\0\0\0")
    assert list(segments.finished(ended=True)) == []
