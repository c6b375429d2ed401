"""What the shipped network hears: silence, closures and the shape of speech that we synthesised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gpu_jobs.audio import speech_features
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.engines.visemes.curves import BILABIALS, viseme_curves
from gpu_jobs.engines.visemes.network import MODEL, predict

ROOT = Path(__file__).resolve().parents[5]
# By voices that were kept out of training.
SPOKEN = {
    "zm_yunxi": "爸爸妈妈把苹果都买回来了，明天我们一起跑步吧。朋友们不怕忙，每天都陪他爬山。",
    "bf_emma": "My brother Ben bought a map of Paris, but somebody put it back in the wrong book.",
}
SHUT = 0.1


@pytest.fixture(scope="module")
def speeches(engine: KokoroEngine) -> list[Speech]:
    return [
        engine.synthesise(text, engine.voice(name), lambda _: None) for name, text in SPOKEN.items()
    ]


@pytest.fixture(params=range(len(SPOKEN)), ids=list(SPOKEN))
def spoken(request, speeches) -> Speech:
    return speeches[request.param]


def grid(speech: Speech) -> np.ndarray:
    return np.arange(int(speech.duration * 100)) / 100


def at_16k(speech: Speech) -> np.ndarray:
    return speech_features.at_rate(speech.samples, speech.sample_rate)


def test_the_model_is_under_a_megabyte():
    assert MODEL.stat().st_size < 1_000_000


def test_curves_have_one_value_per_asked_time_within_their_range():
    noise = np.random.default_rng(0).normal(size=16_000).astype(np.float32)
    times = np.linspace(-1, 3, 37)
    curves = predict(noise, times)
    for curve in (curves.opening, curves.width, curves.speaking, curves.closed):
        assert curve.shape == (37,)
        assert curve.dtype == np.float32
        assert curve.min() >= 0
        assert curve.max() <= 1


@pytest.mark.parametrize("length", [0, 1, 5, 100, 32_000])
def test_in_digital_silence_of_any_length_the_mouth_rests(length):
    curves = predict(np.zeros(length, np.float32), np.linspace(0, 2, 50))
    assert not curves.opening.any()
    assert not curves.speaking.any()
    np.testing.assert_allclose(curves.width, 0.5)


def test_the_mouth_is_shut_before_after_and_between_sentences(spoken):
    pause = np.random.default_rng(1).normal(size=16_000).astype(np.float32) * 1e-4
    sound = np.concatenate([pause, at_16k(spoken), pause, at_16k(spoken), pause])
    times = np.arange(len(sound) // 160) / 100
    curves = predict(sound, times)
    second = 1 + len(at_16k(spoken)) / 16_000
    for start in (0.0, second, 2 * second):
        inside = (times > start + 0.2) & (times < start + 0.8)
        assert curves.opening[inside].mean() <= 0.05 * curves.opening.max()


def test_the_opening_follows_the_phonemes(spoken):
    heard, true = (
        predict(at_16k(spoken), grid(spoken)),
        viseme_curves(spoken.phonemes, grid(spoken)),
    )
    assert np.corrcoef(heard.opening, true.opening)[0, 1] > 0.7
    assert np.corrcoef(heard.width, true.width)[0, 1] > 0.5


def test_lips_close_in_nine_of_ten_p_b_m(speeches):
    shut = []
    for speech in speeches:
        times = grid(speech)
        opening = predict(at_16k(speech), times).opening
        for sound in speech.phonemes:
            if sound.symbol in BILABIALS:
                near = (times > sound.start - 0.04) & (times < sound.end + 0.04)
                shut.append(opening[near].min() < SHUT)
    assert len(shut) >= 20
    assert np.mean(shut) >= 0.9
