"""A voice moves toward its reference, and unusable references are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from dh_core.errors import ReferenceTooShort, SilentAudio
from gpu_jobs.audio.pitch import SAMPLE_RATE, median_f0, speech_only
from gpu_jobs.engines.speech.kokoro.adapt import (
    AVOIDED_VOICES,
    F0_SCALE_RANGE,
    HIGH_PROSODY,
    LOW_PROSODY,
    Speaker,
    choose,
    load_bank,
)
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine

MEDIA = Path(__file__).resolve().parents[6].parent / "shared" / "media"
TEXT = "今天天气很好，我们去公园散步。"


def spoken_f0(engine: KokoroEngine, reference: NDArray[np.float32]) -> float:
    speech = engine.synthesise(TEXT, engine.adapt(reference), lambda _fraction: None)
    f0 = median_f0(speech_only(resample_poly(speech.samples, 2, 3).astype(np.float32)))
    assert f0 is not None
    return f0


def test_pitch_follows_a_low_and_a_high_reference(
    engine: KokoroEngine, low_reference: NDArray[np.float32], high_reference: NDArray[np.float32]
) -> None:
    low, high = median_f0(low_reference), median_f0(high_reference)
    assert low is not None
    assert high is not None
    assert spoken_f0(engine, low_reference) == pytest.approx(low, rel=0.2)
    assert spoken_f0(engine, high_reference) == pytest.approx(high, rel=0.2)


def test_timbre_moves_toward_a_recorded_person(engine: KokoroEngine) -> None:
    recording = MEDIA / "em_walden.wav"
    if not recording.exists():
        pytest.skip("the recorded reference is not on this machine")
    samples, rate = soundfile.read(recording, dtype="float32")
    reference = resample_poly(samples, SAMPLE_RATE, rate).astype(np.float32)
    learn, held_out = np.array_split(reference, 2)
    adapted, default = engine.adapt(learn), engine.default_voice()

    def likeness(voice: object) -> float:
        speech = engine.synthesise(TEXT, voice, lambda _fraction: None)
        sound = speech_only(resample_poly(speech.samples, 2, 3).astype(np.float32))
        return float(engine.encoder.embed(sound) @ engine.encoder.embed(held_out))

    assert likeness(adapted) > likeness(default) + 0.05


@pytest.mark.parametrize("heard", ["low_reference", "high_reference"])
def test_an_adapted_voice_is_about_as_distinct_as_a_voice(
    engine: KokoroEngine, heard: str, request: pytest.FixtureRequest
) -> None:
    known = np.stack([engine.voice(name).style[60, :128] for name in load_bank().names])
    middle = known.mean(axis=0)
    typical = np.linalg.norm(known - middle, axis=1).mean()
    adapted = engine.adapt(request.getfixturevalue(heard)).style[60, :128]
    assert 0.6 < np.linalg.norm(adapted - middle) / typical < 1.1


def test_a_known_voice_is_mixed_mostly_from_itself_and_its_pitch_kept(engine: KokoroEngine) -> None:
    bank = load_bank()
    at = bank.names.index("zm_yunxi")
    styles = {name: engine.voice(name).style for name in bank.names}
    recipe = choose(Speaker(bank.embeddings[at], float(bank.f0[at])), bank, styles)
    assert max(recipe.timbre, key=lambda name: recipe.timbre[name]) == "zm_yunxi"
    assert sum(recipe.timbre.values()) == pytest.approx(1.0, abs=1e-3)
    own = np.exp(sum(w * np.log(bank.f0[bank.names.index(n)]) for n, w in recipe.prosody.items()))
    assert own * recipe.f0_scale == pytest.approx(float(bank.f0[at]), rel=1e-3)


def test_prosody_is_the_mean_of_mandarin_voices_of_the_references_pitch(
    engine: KokoroEngine, low_reference: NDArray[np.float32], high_reference: NDArray[np.float32]
) -> None:
    for reference, names in ((low_reference, LOW_PROSODY), (high_reference, HIGH_PROSODY)):
        voice = engine.adapt(reference)
        prosodies = [engine.voice(name).style[:, 128:] for name in names]
        np.testing.assert_allclose(voice.style[:, 128:], np.mean(prosodies, axis=0), atol=1e-5)


def test_the_pitch_factor_stays_in_its_range(
    engine: KokoroEngine, low_reference: NDArray[np.float32]
) -> None:
    lowest, highest = F0_SCALE_RANGE
    assert lowest <= engine.adapt(low_reference).f0_scale <= highest


def test_a_reference_under_three_seconds_of_voice_is_refused(
    engine: KokoroEngine, low_reference: NDArray[np.float32]
) -> None:
    pause = np.zeros(4 * SAMPLE_RATE, dtype=np.float32)
    short = np.concatenate([low_reference[: 2 * SAMPLE_RATE], pause])
    with pytest.raises(ReferenceTooShort):
        engine.adapt(short)


def test_a_silent_reference_is_refused(engine: KokoroEngine) -> None:
    with pytest.raises(SilentAudio):
        engine.adapt(np.zeros(5 * SAMPLE_RATE, dtype=np.float32))


def test_a_reference_of_noise_without_voice_is_refused(engine: KokoroEngine) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(5 * SAMPLE_RATE)
    with pytest.raises(SilentAudio, match="No voice"):
        engine.adapt(noise.astype(np.float32))


def test_the_bank_holds_every_voice_but_the_avoided_ones(engine: KokoroEngine) -> None:
    assert set(load_bank().names) == set(engine.voice_names()) - AVOIDED_VOICES
