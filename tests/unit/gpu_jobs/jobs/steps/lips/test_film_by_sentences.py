"""A film drawn sentence by sentence, by an engine of the test's own: grey frames, no models."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dh_core.errors import MediaTooLong
from dh_core.files.aigc import AigcLabel
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from gpu_jobs.audio.speech import Said, Speech
from gpu_jobs.engines.lipsync import frames_of
from gpu_jobs.jobs.job import JobContext, JobInputs
from gpu_jobs.jobs.steps.lips.film import film_silently
from gpu_jobs.jobs.steps.lips.film_preview import FilmPreview
from gpu_jobs.jobs.steps.lips.finish import Look
from gpu_jobs.media.probe import probe

RATE, FPS = 24_000, Fraction(25)
FACES = np.tile(np.float32([60, 20, 40, 60]), (50, 1))
PERSON: Any = SimpleNamespace(fps=FPS, width=160, height=120, shots=(0,), faces=FACES)


class Plan(list[int]):
    """The numbers of frames."""

    @property
    def base(self) -> Any:
        """The clip's frames under them, to and fro."""
        return np.abs((np.arange(len(self)) + 49) % 98 - 49)


class GreyEngine:
    """Plans are numbers of frames."""

    def plan(self, avatar: Any, speech: Speech, before: Any = None, *, whole: bool = True) -> Any:
        return Plan(range(frames_of(speech, avatar.fps, whole)))

    def draw(self, avatar: Any, plan: Any, frames: range, report: Any) -> Iterator[Any]:
        for done, _ in enumerate(frames, 1):
            yield np.full((avatar.height * 3 // 2, avatar.width), 128, np.uint8)
            report(done / len(frames))


class Reports:
    """What the stages were told."""

    def __init__(self) -> None:
        self.told: list[float] = []

    def stage(self, name: str) -> Any:
        return self.told.append


class Shown:
    """A preview that is kept."""

    def __init__(self, *, fails: bool = False) -> None:
        self.seconds: list[float] = []
        self.said: list[str] = []
        self._fails = fails

    def begin(self, data: bytes) -> None:
        self.said.append("begin")

    def add(self, data: bytes, seconds: float) -> None:
        if self._fails:
            raise ValueError("a bug")
        self.seconds.append(seconds)

    def end(self) -> None:
        self.said.append("end")


def speech(seconds: float) -> Speech:
    samples = 0.1 * np.sin(np.arange(round(seconds * RATE)) * 0.1)
    return Speech(samples.astype(np.float32), RATE)


def sentences(*ends: float) -> Iterator[Said]:
    """Ending at these seconds; the last is whole."""
    for end in ends[:-1]:
        yield Said(speech(end), end / ends[-1], whole=False)
    yield Said(speech(ends[-1]))


def film(
    said: Iterator[Said], folder: Path, reports: Reports, shown: Shown, **wishes: Any
) -> Speech:
    label = AigcLabel.for_content(producer="test", content_id="test")
    nothing: Any = None
    context = JobContext(JobInputs(), folder, reports, label, nothing)
    engine: Any = GreyEngine()
    target = folder / "film.mp4"
    spec = DigitalHumanSpec(sample_video="v.mp4", speech_text="x", **wishes)
    look = Look.of(spec, nothing, 1, context)
    fps = FPS if look is None else look.fps(PERSON)
    with FilmPreview(target, fps, shown) as preview:
        whole = film_silently(engine, PERSON, said, target, context, preview=preview, look=look)
        preview.ended()
    return whole


def test_it_is_as_long_as_the_speech_and_shown_to_its_last_picture(tmp_path: Path) -> None:
    reports, shown = Reports(), Shown()
    whole = film(sentences(1.23, 3.01, 4.99, 5.01), tmp_path, reports, shown)
    assert whole.duration == pytest.approx(5.01)
    pictures = probe(tmp_path / "film.mp4")
    assert pictures.duration == pytest.approx(126 / 25, abs=0.001)
    # How much is still to come is an estimate; the task's own progress never falls.
    assert max(a - b for a, b in pairwise(reports.told)) < 0.01
    assert reports.told[-1] == 1.0
    assert shown.said == ["begin", "end"]
    assert [round(one) for one in shown.seconds[:2]] == [1, 2]
    assert sum(shown.seconds) == pytest.approx(126 / 25, abs=0.001)


@pytest.mark.parametrize(
    ("wishes", "by_sentences"),
    [({"fps": 12}, True), ({"resolution": "144x160"}, True), ({"burn_subtitles": True}, False)],
)
def test_a_film_with_a_look_is_shown_too_and_by_sentences_if_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wishes: dict[str, Any], by_sentences: bool
) -> None:
    planned: list[bool] = []
    plan = GreyEngine.plan

    def noted(self: GreyEngine, *arguments: Any, whole: bool = True) -> Any:
        planned.append(whole)
        return plan(self, *arguments, whole=whole)

    monkeypatch.setattr(GreyEngine, "plan", noted)
    shown = Shown()
    film(sentences(1.2, 3.0, 5.0), tmp_path, Reports(), shown, **wishes)
    assert planned == ([False, False, True] if by_sentences else [True])
    pictures = probe(tmp_path / "film.mp4")
    assert pictures.video is not None
    assert pictures.video.fps == wishes.get("fps", 25)
    assert pictures.duration == pytest.approx(5.0, abs=0.1)
    assert shown.said == ["begin", "end"]
    assert sum(shown.seconds) == pytest.approx(5.0, abs=0.1)


def test_speech_that_fails_ends_it_and_leaves_no_pictures(tmp_path: Path) -> None:
    def too_long() -> Iterator[Said]:
        yield from list(sentences(1.0, 2.0, 9.0))[:-1]
        raise MediaTooLong

    shown = Shown()
    with pytest.raises(MediaTooLong):
        film(too_long(), tmp_path, Reports(), shown)
    assert not (tmp_path / "film.mp4").exists()
    assert "end" not in shown.said


def test_a_preview_that_fails_costs_the_film_nothing(tmp_path: Path) -> None:
    film(sentences(1.5, 3.0), tmp_path, Reports(), Shown(fails=True))
    assert probe(tmp_path / "film.mp4").duration == pytest.approx(3.0, abs=0.001)
