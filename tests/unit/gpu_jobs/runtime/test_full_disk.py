"""A work disk that is too small fails a task at once, with a code of its own, and is left clean."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from dh_core.errors import (
    DigitalHumanError,
    MediaLimitExceeded,
    TaskCancelled,
    TransitionRefused,
    UnreadableMedia,
    WorkDiskFull,
)
from dh_core.settings import JobSettings
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import NewFile, NewTask, TaskRecord
from dh_core.tasks.states import Phase
from gpu_jobs.jobs.extract_audio import ExtractAudioJob
from gpu_jobs.media.ffmpeg import command, source
from gpu_jobs.media.processes import child_process
from gpu_jobs.media.processes.child_process import ProcessLimits
from gpu_jobs.media.processes.work_folder import private_folder
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video import joining
from gpu_jobs.media.video.decoder import normalise_video
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.runtime.runner import Outcome
from tests.e2e.clips import faceless_video
from tests.unit.gpu_jobs.runners import runner_of
from tests.unit.gpu_jobs.runtime.test_runner import NoteJob, raising

if TYPE_CHECKING:
    from tests.conftest import MotoCloud

DISK_BYTES = 1 << 20
RATE = 24_000
SIZE = (320, 240)
SETTINGS = JobSettings(table_name="-", bucket_name="-")


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here (that takes root and CAP_SYS_ADMIN)")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds with sound."""
    folder = tmp_path_factory.mktemp("clip")
    return faceless_video(folder / "clip.mp4", seconds=10, sound=True)


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(1).uniform(-0.5, 0.5, round(seconds * RATE)).astype(np.float32)


def encode(folder: Path, clip: Path) -> None:
    frames = np.random.default_rng(1).integers(0, 256, (120, SIZE[1], SIZE[0], 3), np.uint8)
    film = VideoEncoder(folder / "film.mp4", width=SIZE[0], height=SIZE[1], fps=Fraction(25), crf=1)
    with film:
        for frame in frames:
            film.write(frame)


def join(folder: Path, clip: Path) -> None:
    joining.join([enlarged(clip)] * 2, [25] * 2, Fraction(25), folder / "joined.mp4")


def save_arrays(folder: Path, clip: Path) -> None:
    with (folder / "track.npz").open("wb") as file:
        np.savez(file, sound=noise(60))


def write_flac(folder: Path, clip: Path) -> None:
    soundfile.write(folder / "voice.flac", noise(60), RATE, format="FLAC", subtype="PCM_16")


WRITERS: list[Callable[[Path, Path], Any]] = [
    encode,
    join,
    save_arrays,
    write_flac,
    lambda folder, clip: normalise_video(enlarged(clip), folder / "plain.mp4"),
    lambda folder, clip: write_wav(folder / "voice.wav", noise(60), RATE),
    lambda folder, clip: (folder / "picture.png").write_bytes(os.urandom(2 * DISK_BYTES)),
]


def enlarged(clip: Path) -> Path:
    """So busy and large a film that a megabyte does not hold it."""
    large = clip.with_name("large.mp4")
    if not large.exists():
        noisy = source(clip)["V:0"].filter("scale", 1280, 960).filter("noise", alls=80, allf="t")
        target = noisy.output(str(large), t=1, preset="ultrafast")
        child_process.run(command(target), ProcessLimits())
    return large


@pytest.mark.parametrize("write", WRITERS)
def test_whatever_fills_the_disk_is_named_as_that(
    disk: Path, clip: Path, write: Callable[[Path, Path], Any]
) -> None:
    with pytest.raises(WorkDiskFull), private_folder(disk) as folder:
        write(folder, clip)
    assert list(disk.iterdir()) == []


def test_a_disk_that_is_full_already_fails_too(disk: Path) -> None:
    filler = disk / "filler"
    with pytest.raises(OSError, match="No space"):
        filler.write_bytes(b"\0" * 2 * DISK_BYTES)
    with pytest.raises(WorkDiskFull), private_folder(disk) as folder:
        (folder / "name").write_bytes(b"x")
    filler.unlink()
    assert list(disk.iterdir()) == []


def test_sound_says_why_it_cannot_be_written_though_there_is_room_a_moment_later(
    disk: Path,
) -> None:
    with pytest.raises(OSError, match="No space"):
        write_wav(disk / "voice.wav", noise(60), RATE)
    (disk / "voice.wav").unlink()


@pytest.mark.parametrize("error", [UnreadableMedia(), ValueError("a bug")])
def test_where_there_is_room_every_failure_stays_what_it_is(
    tmp_path: Path, error: Exception
) -> None:
    with pytest.raises(type(error)), private_folder(tmp_path):
        raise error


@pytest.mark.parametrize("error", [TaskCancelled(), TransitionRefused()])
def test_a_task_that_was_given_up_is_not_failed_for_a_full_disk(
    disk: Path, error: DigitalHumanError
) -> None:
    with pytest.raises(type(error)), private_folder(disk) as folder:
        with pytest.raises(OSError, match="No space"):
            (folder / "filler").write_bytes(b"\0" * 2 * DISK_BYTES)
        raise error


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="no limit on file sizes here")
def test_a_limit_of_the_system_on_file_sizes_counts_as_a_full_disk(
    tmp_path: Path, clip: Path
) -> None:
    sound = source(clip, vn=None)["a:0"].output(str(tmp_path / "sound.wav"))
    with files_of_at_most(100_000), pytest.raises(WorkDiskFull), private_folder(tmp_path):
        child_process.run(command(sound), ProcessLimits())
    with files_of_at_most(100_000), pytest.raises(WorkDiskFull), private_folder(tmp_path) as folder:
        (folder / "picture.png").write_bytes(b"\0" * 200_000)


def test_a_file_that_grows_beyond_our_own_limit_is_the_inputs_fault(
    tmp_path: Path, clip: Path
) -> None:
    sound = source(clip, vn=None)["a:0"].output(str(tmp_path / "sound.wav"))
    with pytest.raises(MediaLimitExceeded):
        child_process.run(command(sound), ProcessLimits(file_bytes=100_000))


def submit(cloud: MotoCloud, spec: ExtractAudioSpec | VoiceSpec) -> TaskRecord:
    new = NewTask(
        owner="public",
        spec=spec,
        digest="digest",
        missing=(),
        lease_seconds=60,
        retention_seconds=3600,
        uuid="mine",
    )
    return cloud.tasks.dispatch(cloud.tasks.create(new).task.task_id, 60)


def upload(cloud: MotoCloud, path: Path, declared: int | None = None) -> None:
    key = f"uploads/public/video/{path.name}"
    size = path.stat().st_size if declared is None else declared
    new = NewFile("public", "video", path.name, size, "video/mp4", key, 2_000_000_000)
    cloud.files.register(new)
    cloud.media.upload(path, key, content_type="video/mp4")


@pytest.mark.parametrize("declared", [None, 1])
def test_a_film_that_does_not_fit_fails_the_task_in_its_first_attempt(
    moto_cloud: MotoCloud,
    disk: Path,
    tmp_path: Path,
    declared: int | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(os.urandom(2 * DISK_BYTES))
    upload(moto_cloud, film, declared)
    task = submit(moto_cloud, ExtractAudioSpec(video_file=film.name))
    runner = runner_of(moto_cloud, disk, ExtractAudioJob(SETTINGS))
    assert runner.run(task.task_id, task.attempt) is Outcome.FAILED
    assert_failed_for_the_disk(moto_cloud, task)
    assert "no room on the work disk" in caplog.text
    assert list(disk.iterdir()) == []


def test_sound_that_does_not_fit_fails_the_task_in_its_first_attempt(
    moto_cloud: MotoCloud, disk: Path, tmp_path: Path
) -> None:
    clip = faceless_video(tmp_path / "long.mp4", seconds=25, sound=True)
    upload(moto_cloud, clip)
    task = submit(moto_cloud, ExtractAudioSpec(video_file=clip.name))
    runner = runner_of(moto_cloud, disk, ExtractAudioJob(SETTINGS))
    assert runner.run(task.task_id, task.attempt) is Outcome.FAILED
    assert_failed_for_the_disk(moto_cloud, task)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_quota_counts_as_a_full_disk(moto_cloud: MotoCloud, tmp_path: Path, number: int) -> None:
    task = submit(moto_cloud, VoiceSpec(text="你好"))
    runner = runner_of(moto_cloud, tmp_path, NoteJob(raising(OSError(number, "no more"))))
    assert runner.run(task.task_id, task.attempt) is Outcome.FAILED
    assert_failed_for_the_disk(moto_cloud, task)


def assert_failed_for_the_disk(cloud: MotoCloud, task: TaskRecord) -> None:
    ended = cloud.tasks.get(task.task_id)
    assert ended is not None
    assert (ended.phase, ended.error_code) == (Phase.FAILED, "work_disk_full")
    assert ended.error_message is not None
    assert "operator" in ended.error_message
