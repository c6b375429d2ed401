"""What a person's own clip teaches about how their mouth goes with sound."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.audio.mel import RATE
from gpu_jobs.audio.speech_features import frame_times
from gpu_jobs.engines.lipsync.footage.sync import Sync
from gpu_jobs.engines.lipsync.retrieval.personal_mouth import PersonalMouth
from gpu_jobs.engines.lipsync.retrieval.trajectory import through_short_pauses
from gpu_jobs.engines.mouth.shapes import MouthModel
from gpu_jobs.engines.visemes.network import predict

FPS, FRAMES = 25.0, 400
IN_SYNC = Sync(offset=0.0, correlation=0.6, confidence=1.0)


def hum(seed: int, seconds: float = FRAMES / FPS) -> np.ndarray:
    """A hum whose loudness and colour change at the pace of syllables."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    knots = np.arange(0, seconds, 0.13)
    loud = np.interp(time, knots, rng.uniform(0, 1, len(knots)) ** 2)
    bright = np.interp(time, knots, rng.uniform(0, 1, len(knots)))
    tones = [np.sin(2 * np.pi * 140 * n * time) * bright ** (0.3 * n) / n for n in range(1, 16)]
    return (0.2 * loud * np.sum(tones, 0)).astype(np.float32)


def codes_that_follow(sound: np.ndarray, frames: int) -> np.ndarray:
    """Codes of a person whose first component opens, and second narrows, with what is heard."""
    curves = predict(sound, frame_times(frames, FPS))
    codes = np.zeros((frames, 10), np.float32)
    codes[:, 0], codes[:, 1] = 0.3 * curves.opening, -0.2 * curves.width
    return codes


@pytest.mark.parametrize("frames", [100, FRAMES], ids=["four seconds", "sixteen seconds"])
def test_a_mouth_learnt_from_a_clip_moves_with_sound_that_was_not_in_it(frames: int):
    heard, later = hum(1), hum(2)
    mouth = PersonalMouth.fit(heard, frame_times(frames, FPS), codes_that_follow(heard, frames))
    said = mouth(later, frame_times(FRAMES, FPS))
    true = codes_that_follow(later, FRAMES)
    assert np.corrcoef(said[:, 0], true[:, 0])[0, 1] > 0.9
    assert np.corrcoef(said[:, 1], true[:, 1])[0, 1] > 0.7


def test_a_strange_sound_teaches_nothing(talker: MouthModel):
    foreign = Sync(offset=0.0, correlation=0.2, confidence=0.3)
    usable = np.ones(FRAMES, bool)
    assert PersonalMouth.learn(hum(1), talker, usable, FPS, foreign) is None
    assert PersonalMouth.learn(hum(1), talker, usable, FPS, IN_SYNC) is not None


def test_a_clip_without_speech_teaches_nothing(silent: MouthModel):
    assert PersonalMouth.learn(hum(1), silent, np.ones(FRAMES, bool), FPS, IN_SYNC) is None


def test_a_breath_within_speech_leaves_the_mouth_free_and_a_pause_does_not():
    speaking = np.ones(60, np.float32)
    speaking[10:15] = 0.2  # 0.2 s
    speaking[30:50] = 0.0  # 0.8 s
    filled = through_short_pauses(speaking, FPS)
    assert (filled[:30] == 1).all()
    assert (filled[31:49] == 0).all()


def test_silence_before_and_after_speech_stays_silence():
    speaking = np.zeros(20, np.float32)
    speaking[5:15] = 1
    assert (through_short_pauses(speaking, FPS) == speaking).all()


def test_a_laugh_does_not_widen_what_counts_as_speech(
    talker: MouthModel, laughing_talker: MouthModel
):
    assert laughing_talker.openings.max() > 3 * talker.range.widest_opening
    assert laughing_talker.range.widest_opening < 1.5 * talker.range.widest_opening
