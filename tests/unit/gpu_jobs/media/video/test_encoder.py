"""Films with an alpha channel, with their sound and their label; and films of another size."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
import pytest
from av.codec import CodecContext

from dh_core.files.aigc import AigcLabel
from gpu_jobs.media.label.labelling import read_metadata, write_metadata
from gpu_jobs.media.pictures.colour import to_yuv420
from gpu_jobs.media.probe import probe
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.encoder import VideoEncoder

LABEL = AigcLabel.for_content(producer="test", content_id="test")


def alpha_of(film: Path) -> np.ndarray:
    """The tenth frame's alpha, (H, W)."""
    with av.open(str(film)) as file:
        stream = file.streams.video[0]
        decoder = stream.codec_context
        if film.suffix == ".webm":
            decoder = CodecContext.create("libvpx-vp9", "r")
        frames = [frame for packet in file.demux(stream) for frame in decoder.decode(packet)]
    return frames[10].to_ndarray(format="rgba")[..., 3]


@pytest.mark.parametrize("form", ["webm", "mov"])
def test_a_transparent_film_keeps_alpha_sound_and_label(
    tmp_path: Path, form: Literal["webm", "mov"]
) -> None:
    sound, film = tmp_path / "s.wav", tmp_path / f"film.{form}"
    write_wav(sound, 0.2 * np.sin(np.arange(24_000) / 9).astype(np.float32), 24_000)
    picture = np.zeros((64, 96, 4), np.uint8)
    picture[:, 48:] = (40, 80, 200, 255)
    with VideoEncoder(
        film, width=96, height=64, fps=Fraction(25), audio=sound, transparent=form
    ) as encoder:
        for _ in range(25):
            encoder.write(picture)
    write_metadata(film, LABEL)
    assert read_metadata(film) == LABEL
    info = probe(film)
    assert info.audio is not None
    assert info.duration == pytest.approx(1.0, abs=0.06)
    alpha = alpha_of(film)
    assert alpha[:, :44].max() < 12
    assert alpha[:, 52:].min() > 243


@pytest.mark.parametrize("planar", [False, True])
def test_a_film_is_scaled_to_its_output_and_keeps_its_colours(tmp_path: Path, planar: bool) -> None:
    film, picture = tmp_path / "film.mp4", np.full((64, 96, 3), (200, 60, 30), np.uint8)
    with VideoEncoder(film, width=96, height=64, fps=Fraction(25), output=(48, 32)) as encoder:
        for _ in range(5):
            encoder.write(to_yuv420(picture) if planar else picture)
    with av.open(str(film)) as file:
        frame = next(file.decode(video=0))
    assert (frame.width, frame.height) == (48, 32)
    shown = frame.reformat(format="bgr24", src_colorspace="ITU709").to_ndarray()[16, 24]
    assert np.abs(shown.astype(int) - (200, 60, 30)).max() < 6
