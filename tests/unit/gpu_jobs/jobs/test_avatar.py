"""When an avatar is prepared, and when it is taken from the cache."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dh_core.errors import FaceIndexOutOfRange, Misconfigured
from dh_core.files.aigc import AigcLabel
from dh_core.settings import JobSettings
from dh_core.specs.task_types.avatar import AvatarSpec
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.engines.lipsync import WHOLE, AvatarBroken, FaceChoice, Span
from gpu_jobs.jobs.avatar import AvatarJob
from gpu_jobs.jobs.digital_human import DigitalHumanJob
from gpu_jobs.jobs.job import JobContext, JobInputs
from gpu_jobs.jobs.steps.lips.avatar import prepared_avatar
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.support import sample_pictures
from tests.unit.gpu_jobs.given import given


@dataclass
class FolderCache:
    """An avatar cache in a folder."""

    folder: Path

    def fetch(self, name: str, target: Path) -> bool:
        kept = self.folder / name
        if kept.exists():
            shutil.copy(kept, target)
        return kept.exists()

    def store(self, name: str, archive: Path) -> None:
        shutil.copy(archive, self.folder / name)


@dataclass
class CountingEngine:
    """A lip-sync engine whose avatar is the clip's own text."""

    avatar_version: str = "counting-1"
    prepared: list[str] = field(default_factory=list)

    def prepare(
        self, clip: Path, workdir: Path, report: Any, face: FaceChoice = None, span: Span = WHOLE
    ) -> str:
        avatar = clip.read_text() + ("" if face is None else f" {face}")
        avatar += "" if span == WHOLE else f" from {span.start}"
        self.prepared.append(avatar)
        return avatar

    def render(self, avatar: str, speech: Any, report: Any) -> Any:
        return iter(())

    def save(self, avatar: str, archive: Path) -> None:
        archive.write_text(avatar)

    def restore(self, archive: Path, workdir: Path) -> str:
        if archive.read_text() == "damaged":
            raise AvatarBroken
        return archive.read_text()


class Silence:
    def stage(self, name: str) -> Any:
        return lambda _: None


@pytest.fixture
def context(tmp_path: Path) -> JobContext:
    kept = tmp_path / "kept"
    kept.mkdir()
    label = AigcLabel.for_content(producer="test", content_id="test")
    return JobContext(JobInputs(), tmp_path, Silence(), label, FolderCache(kept))


def weights() -> Path:
    folder = Path(__file__).resolve().parents[4] / ".weights"
    try:
        FaceTracker(WeightStore(folder))
    except WeightsMissing as missing:
        pytest.skip(missing.message)
    return folder


def two_people(path: Path) -> Path:
    """A clip of NASA's portrait of Eileen Collins (public domain), twice in one picture."""
    frame = np.concatenate([sample_pictures.astronaut()[:320, 60:380]] * 2, 1)
    with VideoEncoder(path, width=640, height=320, fps=Fraction(25)) as encoder:
        for _ in range(26):
            encoder.write(frame)
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_text("anna")
    return path


def test_the_second_task_on_a_video_takes_the_avatar_of_the_first(
    context: JobContext, clip: Path
) -> None:
    engine = CountingEngine()
    assert prepared_avatar(engine, clip, context, lambda _: None) == ("anna", False)
    assert prepared_avatar(engine, clip, context, lambda _: None) == ("anna", True)
    assert engine.prepared == ["anna"]


def test_another_video_and_another_engine_version_are_prepared_anew(
    context: JobContext, clip: Path
) -> None:
    engine = CountingEngine()
    prepared_avatar(engine, clip, context, lambda _: None)
    clip.write_text("ben")
    prepared_avatar(engine, clip, context, lambda _: None)
    engine.avatar_version = "counting-2"
    prepared_avatar(engine, clip, context, lambda _: None)
    assert engine.prepared == ["anna", "ben", "ben"]


@dataclass
class ClosedCache(FolderCache):
    """Keeps nothing, as a bucket in which this role may not write."""

    def store(self, name: str, archive: Path) -> None:
        raise Misconfigured("s3:PutObject: not authorized")


def test_only_a_task_that_is_for_keeping_the_avatar_fails_when_it_cannot_be_kept(
    context: JobContext, clip: Path
) -> None:
    closed = replace(context, avatars=ClosedCache(clip.parent))
    engine = CountingEngine()
    assert prepared_avatar(engine, clip, closed, lambda _: None) == ("anna", False)
    with pytest.raises(Misconfigured):
        prepared_avatar(engine, clip, closed, lambda _: None, must_keep=True)


def test_each_person_of_a_video_is_an_avatar_of_their_own(context: JobContext, clip: Path) -> None:
    engine = CountingEngine()
    faces: list[FaceChoice] = [None, 0, 1, "auto"]
    for face in faces:
        prepared_avatar(engine, clip, context, lambda _: None, face)
    again = prepared_avatar(engine, clip, context, lambda _: None, face=1)
    assert again == ("anna 1", True)
    assert engine.prepared == ["anna", "anna 0", "anna 1", "anna auto"]


def test_each_part_of_a_video_is_an_avatar_of_its_own(context: JobContext, clip: Path) -> None:
    engine = CountingEngine()
    spans = [WHOLE, Span(2.0), Span(2.0, 4.0), Span(0.0, 4.0)]
    for span in [*spans, *spans]:
        prepared_avatar(engine, clip, context, lambda _: None, span=span)
    assert len(engine.prepared) == len(spans)


@pytest.mark.parametrize(
    ("job", "spec"),
    [
        (AvatarJob, AvatarSpec(sample_video="two.mp4", face_index=2)),
        (
            DigitalHumanJob,
            DigitalHumanSpec(sample_video="two.mp4", speech_audio="a.wav", face_index=2),
        ),
    ],
)
def test_counting_beyond_the_people_of_a_video_fails_with_advice(
    context: JobContext, tmp_path: Path, job: Any, spec: Any
) -> None:
    beep = 0.1 * np.sin(np.arange(24_000)).astype(np.float32)
    write_wav(tmp_path / "a.wav", beep, 24_000)
    inputs = {"sample_video": two_people(tmp_path / "two.mp4"), "speech_audio": tmp_path / "a.wav"}
    settings = JobSettings(table_name="-", bucket_name="-", weights_dir=weights(), threads=1)
    carried = job(settings)
    carried.setup()
    with pytest.raises(FaceIndexOutOfRange, match="leftmost"):
        carried.run(spec, replace(context, inputs=given(spec, **inputs)))
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_damaged_avatar_is_prepared_again_and_replaced(
    context: JobContext, clip: Path, tmp_path: Path
) -> None:
    engine = CountingEngine()
    prepared_avatar(engine, clip, context, lambda _: None)
    (kept,) = (tmp_path / "kept").iterdir()
    kept.write_text("damaged")
    assert prepared_avatar(engine, clip, context, lambda _: None) == ("anna", False)
    assert kept.read_text() == "anna"
