"""The still picture and the moving one that are made beside a film."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dh_core.files.aigc import AigcLabel
from dh_core.specs.task_types.compose import ComposeSpec
from gpu_jobs.jobs.job import JobContext, JobInputs, JobOutput
from gpu_jobs.jobs.steps.stills import Stills
from gpu_jobs.media.label.labelling import read_metadata
from gpu_jobs.media.pictures.colour import to_yuv420
from gpu_jobs.runtime.ai_label import declare

LABEL = AigcLabel.for_content(producer="test", content_id="test")


class Unused:
    """Neither reports nor caches are."""

    def stage(self, name: str) -> None: ...


def context(folder: Path) -> JobContext:
    return JobContext(JobInputs(), folder, Unused(), LABEL, Unused())  # type: ignore[arg-type]


def frame(number: int) -> np.ndarray:
    picture = np.full((90, 160, 3), (20, 100, 2 * number), np.uint8)
    picture[:40, number : number + 40] = 220
    return picture


def test_both_are_made_of_the_films_frames_and_carry_the_label(tmp_path: Path) -> None:
    spec = ComposeSpec(template_id="t", text_content="x", poster=True, animated_preview=True)
    stills = Stills.of(spec, tmp_path)
    stills.prepare(Fraction(25), 100)
    for number in range(100):
        stills.see(frame(number), number)
    files = stills.files(context(tmp_path))
    declare(JobOutput(files), lambda _: None)
    poster, animation = files["poster"].path, files["animation"].path
    with Image.open(poster) as picture:
        assert picture.size == (160, 90)
        assert abs(picture.getpixel((80, 60))[0] - 30) < 4
    with Image.open(animation) as moving:
        moving.seek(29)
        with pytest.raises(EOFError):
            moving.seek(30)
        moving.seek(29)
        assert abs(moving.convert("RGB").getpixel((80, 60))[0] - 2 * 73) < 14
    assert read_metadata(poster) == read_metadata(animation) == LABEL


def test_the_animation_of_a_film_of_one_frame_carries_it_too(tmp_path: Path) -> None:
    stills = Stills(False, True, tmp_path)
    stills.prepare(Fraction(25), 1)
    stills.see(frame(1), 0)
    files = stills.files(context(tmp_path))
    declare(JobOutput(files), lambda _: None)
    assert read_metadata(files["animation"].path) == LABEL


def test_a_poster_of_planes_has_their_colours(tmp_path: Path) -> None:
    stills = Stills(True, False, tmp_path)
    stills.prepare(Fraction(25), 1)
    stills.see(to_yuv420(np.full((90, 160, 3), (200, 60, 30), np.uint8)), 0)
    with Image.open(stills.files(context(tmp_path))["poster"].path) as picture:
        assert np.abs(np.array(picture.getpixel((80, 60))) - (30, 60, 200)).max() < 5
