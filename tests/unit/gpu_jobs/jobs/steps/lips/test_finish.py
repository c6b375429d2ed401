"""What is done to drawn frames before they are coded."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from gpu_jobs.audio.speech import TimedText
from gpu_jobs.jobs.steps.lips.finish import Finish, Look
from gpu_jobs.jobs.steps.stills import Stills
from gpu_jobs.media.pictures.decoder import Picture

COUNT = 50
FACE = (250.0, 60.0, 140.0, 190.0)


@dataclass(frozen=True)
class Clip:
    """Fifty frames of 640 x 360 with a large face, which nothing else is asked of."""

    width: int = 640
    height: int = 360
    fps: Fraction = Fraction(25)
    shots: tuple[int, ...] = (0,)
    faces: Any = field(default_factory=lambda: np.tile(np.float32(FACE), (COUNT, 1)))


def finish(folder: Path, logo: Picture | None = None, **body: Any) -> Finish:
    spec = DigitalHumanSpec.model_validate(
        {"sample_video": "v.mp4", "speech_text": "x", **body, **({"logo": "l.png"} if logo else {})}
    )
    look = Look(spec, None, 1, Stills.of(spec, folder), logo)  # type: ignore[arg-type]
    words = (TimedText("大家好，", 0.0, 1.0), TimedText("你好。", 1.0, 2.0))
    return look.finish(Clip(), words, COUNT / 25)  # type: ignore[arg-type]


def made(finished: Finish) -> list[np.ndarray]:
    drawn = (np.full((360, 640, 3), 4 * number, np.uint8) for number in range(COUNT))
    return list(finished.frames(drawn, range(COUNT), np.arange(COUNT)))


def test_a_video_of_which_nothing_is_asked_has_no_finish(tmp_path: Path) -> None:
    spec = DigitalHumanSpec(sample_video="v.mp4", speech_text="x", background_music="m.wav")
    assert Look.of(spec, None, 1, _context(tmp_path)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(("fps", "count"), [(12, 24), (25, 50), (30, 60)])
def test_another_rate_leaves_out_or_repeats_frames_in_their_time(
    tmp_path: Path, fps: int, count: int
) -> None:
    frames = made(finish(tmp_path, fps=fps, poster=True))
    assert len(frames) == count
    for number, frame in enumerate(frames):
        shown = int(frame[300, 20, 0]) / 4
        assert shown == pytest.approx((number + 0.5) / fps * 25 - 0.5, abs=1)


def test_the_label_is_in_every_frame_and_a_logo_beneath_or_beside_it(tmp_path: Path) -> None:
    logo = Picture(np.full((40, 40, 3), (0, 0, 255), np.uint8))
    for corner, columns in (("top-left", slice(0, 160)), ("top-right", slice(480, 640))):
        frames = made(finish(tmp_path, logo, logo_position=corner))
        for frame in frames:
            assert frame[:50, :160].max() > 240
            red = (frame[..., 2].astype(int) - frame[..., 0]) > 40
            assert red[:, columns].sum() == red.sum() > 2000


@pytest.mark.parametrize("position", ["bottom", "top"])
@pytest.mark.parametrize("size", [0.6, 1.8])
def test_subtitles_never_stand_over_a_face(tmp_path: Path, position: str, size: float) -> None:
    style = {"position": position, "size": size, "color": "#FF0000"}
    frames = made(finish(tmp_path, burn_subtitles=True, subtitle_style=style))
    red = (frames[10][..., 2].astype(int) - frames[10][..., 1]) > 80
    assert red.sum() > 300
    left, top, width, height = map(int, FACE)
    assert not red[top : top + height, left : left + width].any()


def test_a_picture_is_cut_to_its_shape_around_the_face(tmp_path: Path) -> None:
    finished = finish(tmp_path, aspect="9:16", resolution="480p")
    assert finished.size == (480, 854)
    drawn = np.zeros((360, 640, 3), np.uint8)
    cv2.circle(drawn, (320, 155), 30, (255, 255, 255), -1)
    shown = next(finished.frames(iter([drawn]), range(1), np.zeros(1, np.int64)))
    _, columns = np.nonzero(shown[120:, :, 0] > 200)
    assert abs(columns.mean() - 240) < 5
    assert shown.shape == (854, 480, 3)


def _context(folder: Path) -> Any:
    @dataclass
    class Context:
        workdir: Path = folder

    return Context()
