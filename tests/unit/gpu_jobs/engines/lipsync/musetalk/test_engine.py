"""The whole engine on the CPU: a still portrait as the clip, untrained networks of no size."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from dh_core.errors import TaskCancelled
from dh_core.files.aigc import AigcLabel
from dh_core.settings import JobSettings
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.engines.lipsync import PlanBroken
from gpu_jobs.engines.lipsync.footage.base_choice import choose_base
from gpu_jobs.engines.lipsync.musetalk.engine import MuseTalkEngine
from gpu_jobs.engines.lipsync.musetalk.generator import FaceGenerator
from gpu_jobs.engines.registry import LIPSYNC
from gpu_jobs.jobs.digital_human import DigitalHumanJob
from gpu_jobs.jobs.job import JobContext
from gpu_jobs.media.pictures.colour import to_bgr
from gpu_jobs.media.probe import probe
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.weights.store import WeightsMissing, WeightStore, read_lock
from tests.support import sample_pictures
from tests.unit.gpu_jobs.given import given

from .conftest import write_published_files

ROOT = Path(__file__).resolve().parents[6]
FPS = Fraction(25)
CLIP_FRAMES, HIDDEN = 30, range(20, 30)


def ignore(_: float) -> None:
    """A progress callback that nobody watches."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Weights: those of set-up, and MuseTalk's made up."""
    shared = WeightStore(ROOT / ".weights")
    try:
        FaceTracker(shared)
    except WeightsMissing as missing:
        pytest.skip(missing.message)
    folder = tmp_path_factory.mktemp("weights")
    for name, file in read_lock().items():
        if not file.optional:
            (folder / name).symlink_to((ROOT / ".weights" / name).resolve())
    write_published_files(folder / "musetalk")
    return folder


@pytest.fixture(scope="module")
def engine(folder) -> MuseTalkEngine:
    return MuseTalkEngine(WeightStore(folder), batch_size=4, device="cpu")


def write_portrait(path: Path, hidden: range) -> Path:
    """A portrait that stands still, black in the `hidden` frames."""
    portrait = sample_pictures.astronaut()[:320, 60:380]
    with VideoEncoder(path, width=320, height=320, fps=FPS) as encoder:
        for index in range(CLIP_FRAMES):
            encoder.write(portrait * np.uint8(index not in hidden))
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return write_portrait(tmp_path_factory.mktemp("clip") / "still.mp4", HIDDEN)


@pytest.fixture(scope="module")
def avatar(engine, clip):
    with engine.prepare(clip, clip.parent, ignore) as avatar:
        yield avatar


def speech(seconds: float, rate: int = 24_000) -> Speech:
    noise = np.random.default_rng(0).normal(scale=0.1, size=round(seconds * rate))
    return Speech(noise.astype(np.float32), rate)


def rendered(engine, avatar, seconds: float) -> list[np.ndarray]:
    return list(engine.render(avatar, speech(seconds), ignore))


@pytest.mark.parametrize("seconds", [0.02, 0.4, 0.401])
def test_there_is_a_frame_for_every_started_25th_of_a_second(engine, avatar, seconds) -> None:
    frames = rendered(engine, avatar, seconds)
    assert len(frames) == math.ceil(round(seconds * 24_000) * 25 / 24_000)
    assert all(frame.shape == (320, 320, 3) and frame.dtype == np.uint8 for frame in frames)


def test_the_mouth_changes_and_nothing_outside_of_the_lower_face(engine, avatar) -> None:
    base = choose_base(avatar.footage, 8)
    for index, frame in enumerate(rendered(engine, avatar, 0.3)):
        below = int(base[index])
        changed = np.argwhere((frame != avatar.track.frames[below]).any(-1))
        box = avatar.boxes[below]
        assert len(changed) > 500
        room = 3  # a sample of chroma is two pixels wide, and read between two
        assert changed[:, 0].min() > box.hidden_from - room
        assert changed[:, 0].max() < box.bottom + room
        assert changed[:, 1].min() > box.left - room and changed[:, 1].max() < box.right + room


def test_a_longer_speech_plays_the_clip_back_and_goes_round_frames_without_a_face(
    engine, avatar
) -> None:
    assert len(rendered(engine, avatar, 1.6)) == 40
    assert not np.isin(choose_base(avatar.footage, 40), HIDDEN).any()


def test_frames_without_a_face_that_have_to_be_shown_are_left_alone(engine, tmp_path) -> None:
    hidden = range(4, CLIP_FRAMES, 8)  # too often to go round them
    clip = write_portrait(tmp_path / "often.mp4", hidden)
    with engine.prepare(clip, tmp_path, ignore) as avatar:
        base = choose_base(avatar.footage, 30)
        frames = rendered(engine, avatar, 1.2)
        lost = np.flatnonzero(np.isin(base, hidden))
        assert len(lost)
        for step in lost:
            assert (frames[step] == avatar.track.frames[int(base[step])]).all()


def test_a_second_speech_over_the_same_frames_encodes_none_of_them_again(
    engine, avatar, monkeypatch
) -> None:
    rendered(engine, avatar, 0.4)

    def encode(*_: object) -> None:
        raise AssertionError("a frame was encoded again")

    monkeypatch.setattr(FaceGenerator, "encode", encode)
    assert len(rendered(engine, avatar, 0.4)) == 10


def test_the_same_speech_gives_the_same_video(engine, avatar) -> None:
    one, other = rendered(engine, avatar, 0.2), rendered(engine, avatar, 0.2)
    assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_a_part_drawn_from_a_saved_plan_is_that_part_of_the_whole(engine, avatar, tmp_path) -> None:
    whole = rendered(engine, avatar, 0.4)
    engine.save_plan(engine.plan(avatar, speech(0.4)), tmp_path / "plan.npz")
    plan = engine.load_plan(tmp_path / "plan.npz")
    seen: list[float] = []
    part = list(map(to_bgr, engine.draw(avatar, plan, range(4, 10), seen.append)))
    assert seen == [1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1]
    for one, other in zip(part, whole[4:], strict=True):
        # Other batches: the network's sums may round otherwise, and colours by a step of chroma.
        assert np.abs(one.astype(int) - other).max() <= 3


def test_a_plan_that_is_none_is_told(engine, tmp_path) -> None:
    (tmp_path / "plan.npz").write_bytes(b"no plan")
    with pytest.raises(PlanBroken):
        engine.load_plan(tmp_path / "plan.npz")


def test_progress_rises_to_one_and_may_cancel(engine, avatar) -> None:
    seen: list[float] = []
    assert len(list(engine.render(avatar, speech(0.4), seen.append))) == 10
    assert seen == sorted(seen) and seen[-1] == 1

    def cancel(_: float) -> None:
        raise TaskCancelled

    with pytest.raises(TaskCancelled):
        list(engine.render(avatar, speech(0.4), cancel))


class Forgetful:
    """An avatar cache that keeps nothing."""

    def fetch(self, name, target):
        return False

    def store(self, name, archive):
        """Nothing is kept."""


class Silence:
    def stage(self, _: str) -> Callable[[float], None]:
        return ignore


def test_the_whole_digital_human_job_runs_with_it(folder, clip, tmp_path) -> None:
    settings = JobSettings(
        table_name="-", bucket_name="-", weights_dir=folder, threads=1, lipsync_engine="musetalk"
    )
    recorded = speech(0.5)
    write_wav(tmp_path / "speech.wav", recorded.samples, recorded.sample_rate)
    label = AigcLabel.for_content(producer="test", content_id="test")
    spec = DigitalHumanSpec(speech_audio="speech.wav", sample_video=clip.name)
    inputs = given(spec, sample_video=clip, speech_audio=tmp_path / "speech.wav")
    job = DigitalHumanJob(settings)
    job.setup()
    made = job.run(spec, JobContext(inputs, tmp_path, Silence(), label, Forgetful()))
    video = probe(made.files["video"].path).video
    assert (video.width, video.height, video.fps) == (320, 320, 25)
    # A whole number of pictures.
    assert made.data["duration"] == pytest.approx(0.5, abs=1 / 25)


def test_missing_weights_are_told_when_the_worker_starts(tmp_path) -> None:
    with pytest.raises(WeightsMissing, match=r"musetalk/README\.md"):
        LIPSYNC.load("musetalk", WeightStore(tmp_path))
