"""Whether a clip's sound belongs to its mouth: on numbers, and on real clips where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gpu_jobs.audio.mel import RATE
from gpu_jobs.engines.faces.geometry import canonicalise, smooth_in_time
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.engines.lipsync.footage import sync
from gpu_jobs.engines.lipsync.footage.track import track_clip
from gpu_jobs.engines.mouth.shapes import opening
from gpu_jobs.engines.visemes.network import predict
from gpu_jobs.media import ffmpeg
from gpu_jobs.weights.store import WeightsMissing, WeightStore

ROOT = Path(__file__).resolve().parents[6]
MEDIA = ROOT.parent / "shared" / "media"
FPS, SECONDS = 25.0, 12


def babble(seed: int) -> np.ndarray:
    """Twelve seconds of a hum whose loudness and colour change at the pace of syllables."""
    rng = np.random.default_rng(seed)
    time = np.arange(SECONDS * RATE) / RATE
    knots = np.arange(0, SECONDS, 0.13)
    loud = np.interp(time, knots, rng.uniform(0, 1, len(knots)) ** 2)
    bright = np.interp(time, knots, rng.uniform(0, 1, len(knots)))
    tones = [np.sin(2 * np.pi * 140 * n * time) * bright ** (0.3 * n) / n for n in range(1, 16)]
    return (0.2 * loud * np.sum(tones, 0)).astype(np.float32)


def mouth_of(sound: np.ndarray, trailing: float) -> np.ndarray:
    """What the network hears in the sound, seen `trailing` seconds before it."""
    times = (np.arange(int(SECONDS * FPS)) + 0.5) / FPS
    return 0.1 * predict(sound, times + trailing).opening


def test_a_sound_that_trails_its_picture_is_found_and_trusted():
    sound = babble(1)
    openings = mouth_of(sound, 0.12)
    measured = sync.measure(sound, openings, np.ones(len(openings), bool), FPS)
    assert measured.trusted
    assert measured.offset == pytest.approx(0.12, abs=0.03)


def test_the_sound_of_another_mouth_is_not_trusted():
    openings = mouth_of(babble(1), 0.0)
    measured = sync.measure(babble(2), openings, np.ones(len(openings), bool), FPS)
    assert not measured.trusted


def test_too_short_a_clip_is_not_trusted():
    sound = babble(1)
    openings = mouth_of(sound, 0.0)[:50]
    assert not sync.measure(sound, openings, np.ones(50, bool), FPS).trusted


def test_frames_in_which_the_face_is_lost_do_not_count():
    sound = babble(1)
    openings = mouth_of(sound, 0.04)
    usable = np.arange(len(openings)) < 200
    openings[~usable] = 5.0
    assert sync.measure(sound, openings, usable, FPS).trusted


@pytest.fixture(scope="module")
def german(tmp_path_factory) -> tuple[np.ndarray, np.ndarray, float]:
    """Openings, which of them are usable, and frames per second of the clip that is in sync."""
    clip = MEDIA / "mi_German_20s.mp4"
    if not clip.exists():
        pytest.skip(f"test media absent: {clip.name}")
    try:
        tracker = FaceTracker(WeightStore(ROOT / ".weights"))
    except WeightsMissing as missing:
        pytest.skip(missing.message)
    track = track_clip(clip, tmp_path_factory.mktemp("clip"), tracker, 1, lambda _: None)
    track.close()
    openings = opening(smooth_in_time(canonicalise(track.meshes).points))
    return openings, track.usable, float(track.fps)


def test_a_real_clip_in_sync_is_trusted(german):
    sound = ffmpeg.read_audio(MEDIA / "mi_German_20s.mp4", RATE)
    measured = sync.measure(sound, *german)
    assert measured.trusted
    assert abs(measured.offset) < 0.15


@pytest.mark.parametrize("other", ["ls_demo1.mp4", "vr_1.mp4", "vr_4.mp4"])
def test_a_real_clip_with_another_clips_sound_is_not_trusted(german, other):
    sound = ffmpeg.read_audio(MEDIA / other, RATE)
    assert not sync.measure(sound, *german).trusted
