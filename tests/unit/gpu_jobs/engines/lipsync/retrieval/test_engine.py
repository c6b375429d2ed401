"""The engine on a real clip (skipped where the test media are absent) and on refused ones."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from dh_core.errors import MediaTooShort, NoFaceFound, TaskCancelled
from gpu_jobs.audio.speech import Phoneme, Speech
from gpu_jobs.engines.faces.geometry import LIPS, transform
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.engines.lipsync.footage.base_choice import choose_base
from gpu_jobs.engines.lipsync.retrieval.trajectory import plan
from gpu_jobs.engines.mouth.shapes import opening
from gpu_jobs.engines.registry import LIPSYNC
from gpu_jobs.media.ffmpeg import read_frames
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.support import sample_pictures

ROOT = Path(__file__).resolve().parents[6]
CLIP = ROOT.parent / "shared" / "media" / "mi_German_20s.mp4"
SECONDS = 3
NONE = range(0)


def ignore(_: float) -> None:
    """A progress callback that nobody watches."""


@pytest.fixture(scope="module")
def weights() -> WeightStore:
    store = WeightStore(ROOT / ".weights")
    try:
        FaceTracker(store)
    except WeightsMissing as missing:
        pytest.skip(missing.message)
    return store


def shorten(clip: Path, frames: int, hidden: range = NONE) -> Path:
    """The start of the real clip at 384 px, black in the `hidden` frames."""
    if not CLIP.exists():
        pytest.skip(f"test media absent: {CLIP.name}")
    with (
        read_frames(CLIP, width=384, height=384) as pictures,
        VideoEncoder(clip, width=384, height=384, fps=Fraction(25)) as encoder,
    ):
        for index, picture in zip(range(frames), pictures, strict=False):
            encoder.write(picture * np.uint8(index not in hidden))
    return clip


@pytest.fixture(scope="module")
def avatar(weights, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    clip = shorten(folder / "short.mp4", 8 * 25)
    with LIPSYNC.load("retrieval", weights).prepare(clip, folder, ignore) as avatar:
        yield avatar


def test_the_clip_reads_the_same_in_any_order(avatar):
    frames = avatar.track.frames
    forwards = list(frames)
    for index in [*range(15), *range(13, -1, -1), *range(1, 12), len(forwards) - 1, 0]:
        np.testing.assert_array_equal(frames[int(index)], forwards[index])
    with pytest.raises(IndexError):
        frames[len(forwards)]


def babble() -> Speech:
    """ba-ma-pa with long vowels, a pause in the middle."""
    phonemes, clock = [], 0.2
    for symbol in "bamapa" * 2:
        length = 0.1 if symbol in "bmp" else 0.17
        phonemes.append(Phoneme(symbol, clock, clock + length))
        clock += length + (0.5 if len(phonemes) == 6 else 0)
    time = np.arange(int(SECONDS * 16_000) + 37) / 16_000
    loud = sum(((time >= p.start) & (time < p.end)) * 0.3 for p in phonemes)
    return Speech((loud * np.sin(900 * time)).astype(np.float32), 16_000, tuple(phonemes))


def test_the_lips_of_the_result_do_what_the_speech_wants(avatar, weights):
    speech = babble()
    engine, tracker = LIPSYNC.load("retrieval", weights), FaceTracker(weights)
    frames, seen, progress = 0, [], []
    base = choose_base(avatar.footage, SECONDS * 25 + 1)
    for frame in engine.render(avatar, speech, progress.append):
        assert frame.shape == (avatar.height, avatar.width, 3)
        assert frame.dtype == np.uint8
        face = tracker(frame)
        assert face is not None
        seen.append(opening(transform(face.points, avatar.to_canonical[base[frames]])))
        frames += 1
    assert frames == math.ceil(speech.duration * avatar.fps)
    assert progress == sorted(progress)
    assert progress[-1] == 1.0
    wanted = plan(speech, range(frames), float(avatar.fps), avatar.model, avatar.personal).openings
    assert np.corrcoef(seen, wanted)[0, 1] > 0.6
    closed, open_ = wanted < 0.01, wanted > 0.6 * wanted.max()
    assert np.median(np.array(seen)[closed]) < 0.5 * np.median(np.array(seen)[open_])


def test_a_plan_goes_on_where_a_sentence_ended(avatar, weights):
    speech = babble()
    engine = LIPSYNC.load("retrieval", weights)
    pause = speech.phonemes[5].end + 0.06
    until = round(pause * speech.sample_rate)
    first = replace(speech, samples=speech.samples[:until], phonemes=speech.phonemes[:6])
    part = engine.plan(avatar, first, whole=False)
    assert len(part) == int(pause * avatar.fps)
    both, once = engine.plan(avatar, speech, part), engine.plan(avatar, speech)
    assert len(both) == len(once)
    np.testing.assert_array_equal(both.mouths.openings[: len(part)], part.mouths.openings)
    np.testing.assert_array_equal(both.sources[: len(part)], part.sources)
    np.testing.assert_array_equal(both.base[: len(part)], part.base)
    assert np.corrcoef(both.mouths.openings, once.mouths.openings)[0, 1] > 0.95
    joint = slice(len(part) - 2, len(part) + 3)
    np.testing.assert_allclose(both.mouths.openings[joint], once.mouths.openings[joint], atol=0.01)


def test_nothing_from_the_brows_up_is_touched(avatar, weights):
    speech = babble()
    base = choose_base(avatar.footage, SECONDS * 25 + 1)
    rendered = LIPSYNC.load("retrieval", weights).render(avatar, speech, ignore)
    for index, frame in zip(base[:6], rendered, strict=False):
        brows = int(avatar.track.meshes[index, 9, 1])
        np.testing.assert_array_equal(frame[:brows], avatar.track.frames[int(index)][:brows])


def test_frames_in_which_the_face_is_lost_stay_as_they_are(weights, tmp_path):
    hidden = range(4, 60, 8)  # too often to go round them
    clip = shorten(tmp_path / "hidden.mp4", 60, hidden)
    engine = LIPSYNC.load("retrieval", weights)
    with engine.prepare(clip, tmp_path, ignore) as avatar:
        base = choose_base(avatar.footage, SECONDS * 25 + 1)
        changed = [
            np.any(frame != avatar.track.frames[int(index)])
            for index, frame in zip(base, engine.render(avatar, babble(), ignore), strict=True)
        ]
    lost = np.isin(base, hidden)
    assert lost.any()
    assert changed == (~lost).tolist()


def test_frames_in_which_the_face_is_lost_are_not_shown_where_others_suffice(weights, tmp_path):
    clip = shorten(tmp_path / "hidden.mp4", 80, range(50, 70))
    with LIPSYNC.load("retrieval", weights).prepare(clip, tmp_path, ignore) as avatar:
        base = choose_base(avatar.footage, 10 * 25)
    assert not np.isin(base, range(50, 70)).any()


def test_a_speech_may_be_longer_than_the_clip(avatar, weights):
    seconds = 1.2 * len(avatar.track) / float(avatar.fps)
    silence = Speech(np.zeros(int(seconds * 16_000), np.float32), 16_000)
    count = sum(1 for _ in LIPSYNC.load("retrieval", weights).render(avatar, silence, ignore))
    assert count == math.ceil(silence.duration * avatar.fps) > len(avatar.track)


def test_a_still_picture_as_a_clip_speaks_with_painted_lips(weights, tmp_path):
    with VideoEncoder(tmp_path / "still.mp4", width=512, height=512, fps=Fraction(25)) as encoder:
        for _ in range(30):
            encoder.write(sample_pictures.astronaut())
    engine = LIPSYNC.load("retrieval", weights)
    with engine.prepare(tmp_path / "still.mp4", tmp_path, ignore) as avatar:
        assert not avatar.model.speaks
        frames = list(engine.render(avatar, babble(), ignore))
        x, y = avatar.track.meshes[0, list(LIPS), :2].mean(0).astype(int)
    mouths = np.stack([frame[y - 12 : y + 18, x - 15 : x + 15] for frame in frames])
    foreheads = np.stack([frame[y - 90 : y - 60, x - 15 : x + 15] for frame in frames])
    assert mouths.std(0).max() > 20
    assert foreheads.std(0).max() < 8


def test_a_cancelled_render_stops_at_once(avatar, weights):
    def cancel(_: float) -> None:
        raise TaskCancelled

    frames = LIPSYNC.load("retrieval", weights).render(avatar, babble(), cancel)
    next(frames)
    with pytest.raises(TaskCancelled):
        next(frames)


def write_noise(path: Path, frames: int) -> Path:
    rng = np.random.default_rng(0)
    with VideoEncoder(path, width=128, height=96, fps=Fraction(25)) as encoder:
        for _ in range(frames):
            encoder.write(rng.integers(0, 255, (96, 128, 3), dtype=np.uint8))
    return path


def test_a_clip_without_a_face_is_refused(weights, tmp_path):
    clip = write_noise(tmp_path / "noise.mp4", 30)
    with pytest.raises(NoFaceFound):
        LIPSYNC.load("retrieval", weights).prepare(clip, tmp_path, ignore)


def test_a_clip_under_a_second_is_refused(weights, tmp_path):
    clip = write_noise(tmp_path / "short.mp4", 20)
    with pytest.raises(MediaTooShort):
        LIPSYNC.load("retrieval", weights).prepare(clip, tmp_path, ignore)
