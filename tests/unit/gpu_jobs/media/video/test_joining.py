"""Parts joined are the film that was never cut: in frames, time, picture and sound."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from dh_core.files.aigc import AigcLabel
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.media.label.labelling import read_metadata
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.encoder import VideoEncoder, keyframe_interval
from gpu_jobs.media.video.joining import PartsDiffer, add_sound, join

SIZE = 64
RATE = 24_000


def picture(number: int) -> NDArray[np.uint8]:
    """A soft texture that drifts and breathes."""
    y, x = np.mgrid[:SIZE, :SIZE] / 9
    wave = np.sin(x + number / 5) + np.cos(y * 1.3 - number / 7) + np.sin((x + y) / 2)
    level = 120 + 30 * wave + 10 * np.sin(number / 3)
    return np.repeat(level[..., None], 3, 2).astype(np.uint8)


def encode(path: Path, frames: range, fps: Fraction, sound: Path | None = None) -> Path:
    joinable = sound is None
    with VideoEncoder(
        path, width=SIZE, height=SIZE, fps=fps, audio=sound, joinable=joinable
    ) as encoder:
        for number in frames:
            encoder.write(picture(number))
    return path


def decoded(path: Path) -> tuple[list[NDArray[np.uint8]], list[Fraction]]:
    """Pictures, and when each is shown."""
    with av.open(str(path)) as film:
        frames = list(film.decode(video=0))
        return (
            [frame.to_ndarray(format="bgr24") for frame in frames],
            [Fraction(frame.pts or 0) * Fraction(frame.time_base) for frame in frames],
        )


def likeness(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """PSNR in dB, at most 60."""
    error = np.mean((one.astype(float) - other) ** 2)
    return float(10 * np.log10(255**2 / max(error, 255**2 / 1e6)))


def joined(folder: Path, parts: Sequence[range], fps: Fraction) -> Path:
    files = [encode(folder / f"{part.start}.mp4", part, fps) for part in parts]
    target = folder / "joined.mp4"
    join(files, [len(part) for part in parts], fps, target)
    return target


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30_000, 1001), Fraction(2213, 100)])
def test_a_joined_film_is_the_unsplit_one(tmp_path: Path, fps: Fraction) -> None:
    grid, count = keyframe_interval(fps), 187
    parts = [range(grid), range(grid, 3 * grid), range(3 * grid, count)]
    sound = tmp_path / "sound.wav"
    noise = np.random.default_rng(0).normal(scale=0.1, size=int(count / fps * RATE) - 500)
    write_wav(sound, noise.astype(np.float32), RATE)
    whole = encode(tmp_path / "whole.mp4", range(count), fps, sound)
    film = tmp_path / "film.mp4"
    label = AigcLabel.for_content(producer="某公司", content_id="task-1")
    add_sound(joined(tmp_path, parts, fps), sound, count / fps, film, label)
    assert read_metadata(film) == label

    pictures, times = decoded(film)
    expected, expected_times = decoded(whole)
    assert len(pictures) == count
    assert times == expected_times
    alike = [likeness(*pair) for pair in zip(pictures, expected, strict=True)]
    at_joins = [alike[part.start + step] for part in parts[1:] for step in (-1, 0, 1)]
    assert min(at_joins) >= np.percentile(alike, 5) - 1
    heard, heard_unsplit = read_audio(film, RATE), read_audio(whole, RATE)
    assert len(heard) == pytest.approx(count / fps * RATE, abs=2)
    assert np.array_equal(heard, heard_unsplit)


def test_parts_of_another_encoding_are_refused_and_nothing_stays(tmp_path: Path) -> None:
    one = encode(tmp_path / "one.mp4", range(10), Fraction(25))
    other = tmp_path / "other.mp4"
    with VideoEncoder(other, width=SIZE, height=SIZE + 2, fps=Fraction(25)) as encoder:
        encoder.write(np.zeros((SIZE + 2, SIZE, 3), np.uint8))
    with pytest.raises(PartsDiffer, match="headers"):
        join([one, other], [10, 1], Fraction(25), tmp_path / "joined.mp4")
    assert not (tmp_path / "joined.mp4").exists()


def test_a_part_that_lacks_a_frame_is_refused(tmp_path: Path) -> None:
    part = encode(tmp_path / "part.mp4", range(9), Fraction(25))
    with pytest.raises(PartsDiffer, match="9 frames instead of 10"):
        join([part], [10], Fraction(25), tmp_path / "joined.mp4")
