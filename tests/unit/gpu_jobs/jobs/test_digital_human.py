"""What the digital_human job refuses, with a code and advice, before it spends any time on it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dh_core.errors import JobError
from dh_core.files.aigc import AigcLabel
from dh_core.limits import MAX_SAMPLE_VIDEO_SECONDS, MAX_SPEECH_SECONDS
from dh_core.settings import JobSettings
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.jobs.digital_human import DigitalHumanJob
from gpu_jobs.jobs.job import JobContext
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.unit.gpu_jobs.given import given

ROOT = Path(__file__).resolve().parents[4]


class Unwatched:
    """A progress report that nobody reads."""

    def stage(self, name: str) -> Any:
        return lambda _: None


class EmptyCache:
    """An avatar cache that keeps nothing."""

    def fetch(self, name: str, target: Path) -> bool:
        return False

    def store(self, name: str, archive: Path) -> None:
        """Nothing is kept."""


@pytest.fixture
def job() -> DigitalHumanJob:
    settings = JobSettings(table_name="-", bucket_name="-", weights_dir=ROOT / ".weights")
    made = DigitalHumanJob(settings)
    made.setup()
    return made


def refused(
    job: DigitalHumanJob, folder: Path, video: Path, speech: Path, **body: float
) -> JobError:
    """The error of a task with a recorded speech."""
    spec = DigitalHumanSpec.model_validate(
        {"speech_audio": speech.name, "sample_video": video.name, **body}
    )
    context = JobContext(
        given(spec, sample_video=video, speech_audio=speech),
        folder,
        Unwatched(),
        AigcLabel.for_content(producer="test", content_id="test"),
        EmptyCache(),
    )
    with pytest.raises(JobError) as raised:
        job.run(spec, context)
    return raised.value


def film(folder: Path, *, seconds: float = 2.0, fps: int = 25) -> Path:
    """Grey pictures."""
    path = folder / "sample.mp4"
    with VideoEncoder(path, width=64, height=48, fps=Fraction(fps)) as encoder:
        for _ in range(round(seconds * fps)):
            encoder.write(np.full((48, 64, 3), 128, np.uint8))
    return path


def sound(folder: Path, *, seconds: float = 2.0, level: float = 0.3, rate: int = 16_000) -> Path:
    path = folder / "speech.wav"
    tone = np.sin(np.arange(round(seconds * rate)) * 0.17)
    write_wav(path, (level * tone).astype(np.float32), rate)
    return path


def test_a_silent_speech_is_refused(job: DigitalHumanJob, tmp_path: Path) -> None:
    error = refused(job, tmp_path, film(tmp_path), sound(tmp_path, level=0.0))
    assert error.code == "silent_audio"
    assert "record it again" in error.message


def test_a_speech_beyond_the_limit_is_refused(job: DigitalHumanJob, tmp_path: Path) -> None:
    speech = sound(tmp_path, seconds=MAX_SPEECH_SECONDS + 2, rate=1_000)
    error = refused(job, tmp_path, film(tmp_path), speech)
    assert error.code == "media_too_long"
    assert "cut it" in error.message


def test_a_sample_beyond_the_limit_is_refused(job: DigitalHumanJob, tmp_path: Path) -> None:
    video = film(tmp_path, seconds=MAX_SAMPLE_VIDEO_SECONDS + 2, fps=1)
    error = refused(job, tmp_path, video, sound(tmp_path))
    assert error.code == "media_too_long"
    assert "cut it" in error.message


def test_a_part_that_begins_when_the_sample_is_over_is_refused(
    job: DigitalHumanJob, tmp_path: Path
) -> None:
    error = refused(job, tmp_path, film(tmp_path), sound(tmp_path), start_time=1.5)
    assert error.code == "start_time_too_late"
    assert "The video has 2.0 s" in error.message


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_still_picture_renamed_to_mp4_is_refused(
    job: DigitalHumanJob, tmp_path: Path, form: str
) -> None:
    video = tmp_path / "sample.mp4"
    Image.new("RGB", (64, 64), (180, 140, 120)).save(video, format=form)
    error = refused(job, tmp_path, video, sound(tmp_path))
    assert error.code == "no_video_stream"
    assert "upload a video" in error.message


def test_sound_alone_named_mp4_is_refused(job: DigitalHumanJob, tmp_path: Path) -> None:
    speech = sound(tmp_path)
    assert refused(job, tmp_path, speech, speech).code == "no_video_stream"


def test_a_damaged_video_is_refused(job: DigitalHumanJob, tmp_path: Path) -> None:
    video = film(tmp_path)
    video.write_bytes(video.read_bytes()[:600])
    error = refused(job, tmp_path, video, sound(tmp_path))
    assert error.code == "unreadable_media"
    assert "export it again" in error.message


@pytest.mark.parametrize(
    ("seconds", "code", "advice"),
    [(0.6, "media_too_short", "record"), (2.0, "no_face_found", "film one person")],
)
def test_a_sample_without_a_second_of_a_face_is_refused(
    job: DigitalHumanJob, tmp_path: Path, seconds: float, code: str, advice: str
) -> None:
    try:
        FaceTracker(WeightStore(ROOT / ".weights"))
    except WeightsMissing as missing:
        pytest.skip(missing.message)
    error = refused(job, tmp_path, film(tmp_path, seconds=seconds), sound(tmp_path))
    assert error.code == code
    assert advice in error.message
