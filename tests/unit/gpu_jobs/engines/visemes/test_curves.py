"""The lips' curves: what a viewer would notice."""

import json
from pathlib import Path

import numpy as np
import pytest

from gpu_jobs.audio.speech import Phoneme
from gpu_jobs.engines.visemes.curves import (
    MARKS_OF_NEXT,
    MARKS_OF_PREVIOUS,
    NEUTRAL_WIDTH,
    VISEMES,
    viseme_curves,
)
from gpu_jobs.weights.store import WeightStore

ROOT = Path(__file__).resolve().parents[5]
FRAME = 1 / 25


def say(text: str, *, start: float = 0.0, each: float = 0.09) -> list[Phoneme]:
    return [Phoneme(c, start + k * each, start + (k + 1) * each) for k, c in enumerate(text)]


def frames(seconds: float) -> np.ndarray:
    return (np.arange(round(seconds / FRAME)) + 0.5) * FRAME


def test_every_symbol_of_the_speech_alphabet_has_a_shape_or_is_a_mark_or_punctuation():
    vocab = WeightStore(ROOT / ".weights").path("kokoro-vocab.json")
    alphabet = set(json.loads(vocab.read_text(encoding="utf-8"))["vocab"])
    known = set(VISEMES) | MARKS_OF_NEXT | MARKS_OF_PREVIOUS
    assert alphabet - known <= set(';:,.!?—…"()“” ')


def test_the_mouth_is_shut_in_silence_and_at_most_one_frame_early_or_late():
    t = frames(3.0)
    curves = viseme_curves([*say("mama", start=1.0), *say("a", start=2.0, each=0.3)], t)
    silent = (t < 1.0 - FRAME) | ((t > 1.36 + FRAME) & (t < 2.0 - FRAME)) | (t > 2.3 + FRAME)
    assert np.all(curves.opening[silent] == 0)
    assert np.all(curves.speaking[silent] == 0)
    assert np.allclose(curves.width[silent], NEUTRAL_WIDTH)


@pytest.mark.parametrize("symbol", ["p", "b", "m"])
@pytest.mark.parametrize("fps", [22.13, 25.0, 30.0])
@pytest.mark.parametrize("phase", [0.0, 0.3, 0.7])
def test_bilabials_close_the_lips_in_at_least_one_frame_whatever_the_rate(symbol, fps, phase):
    t = (np.arange(60) + phase) / fps
    curves = viseme_curves(say(f"a{symbol}a", start=0.3, each=0.06), t)
    near = (t > 0.3) & (t < 0.5)
    assert curves.opening[near].min() < 0.01
    assert curves.closed[near].max() == 1


def test_open_vowels_open_wider_than_close_ones_and_rounded_ones_are_narrower():
    t = np.array([0.15])
    a, i, u = (viseme_curves(say(c, each=0.3), t) for c in "aiu")
    assert a.opening[0] > 0.8 > 0.4 > i.opening[0]
    assert u.width[0] < 0.2 < 0.7 < i.width[0]


def test_the_lower_lip_touches_the_teeth_in_f_but_the_lips_do_not_meet():
    t = np.linspace(0.1, 0.2, 11)
    curves = viseme_curves(say("afa", each=0.1), t)
    assert 0 < curves.opening[5] <= 0.13
    assert curves.closed.max() == 0


def test_a_back_consonant_takes_the_opening_of_its_vowels():
    t = np.array([0.15])
    k = viseme_curves(say("aka", each=0.1), t).opening[0]
    s = viseme_curves(say("asa", each=0.1), t).opening[0]
    assert k > s


def test_a_short_gap_between_words_does_not_shut_the_mouth():
    phonemes = [
        *say("a", each=0.2),
        *say(" ", start=0.2, each=0.08),
        *say("a", start=0.28, each=0.2),
    ]
    assert viseme_curves(phonemes, np.array([0.24])).opening[0] > 0.5


def test_a_tone_mark_prolongs_its_vowel():
    t = np.array([0.15])
    assert viseme_curves(say("a↘", each=0.1), t).opening[0] > 0.6


def test_without_phonemes_the_mouth_rests():
    curves = viseme_curves([], frames(1.0))
    assert not curves.opening.any()
    assert np.all(curves.width == NEUTRAL_WIDTH)


def test_curves_are_smooth_float32_in_range():
    t = frames(2.0)
    curves = viseme_curves(say("ta↘ʨja→xau↓wo↓ʂɨ↘", each=0.09), t)
    for curve in (curves.opening, curves.width, curves.speaking, curves.closed):
        assert curve.dtype == np.float32
        assert curve.shape == t.shape
        assert curve.min() >= 0
        assert curve.max() <= 1
