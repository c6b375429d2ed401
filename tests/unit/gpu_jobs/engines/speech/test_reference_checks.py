"""Recordings of people, as they are and spoilt on purpose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from dh_core.errors import ReferenceTooShort, SilentAudio
from gpu_jobs.engines.speech.ge2e import SpeakerEncoder
from gpu_jobs.engines.speech.kokoro import KokoroEngine
from gpu_jobs.engines.speech.reference_checks import (
    CLIPPED,
    NOISY,
    SEVERAL_SPEAKERS,
    usable_speech,
    warnings,
)
from gpu_jobs.engines.speech.voice_activity import SAMPLE_RATE
from gpu_jobs.media.ffmpeg import read_audio

MEDIA = Path(__file__).resolve().parents[5].parent / "shared" / "media"
PEOPLE = ["em_walden.wav", "em_yun.wav", "vr_1.mp4", "vr_4.mp4", "mi_German_20s.mp4"]

Sound = NDArray[np.float32]


def recording(name: str) -> Sound:
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"test media are absent: {name}")
    return read_audio(path, SAMPLE_RATE)


def with_noise(sound: Sound, decibels: float) -> Sound:
    noise = np.random.default_rng(0).standard_normal(len(sound))
    noise *= np.sqrt(np.mean(sound**2) / 10 ** (decibels / 10))
    return (sound + noise).astype(np.float32)


def with_music(sound: Sound, decibels: float) -> Sound:
    music = tune(len(sound))
    music *= np.sqrt(np.mean(sound**2) / np.mean(music**2) / 10 ** (decibels / 10))
    return (sound + music).astype(np.float32)


def tune(length: int) -> Sound:
    """Plucked strings, a note every 0.4 s."""
    time, random = np.arange(SAMPLE_RATE) / SAMPLE_RATE, np.random.default_rng(1)
    music = np.zeros(length + SAMPLE_RATE)
    for start in range(0, length, 2 * SAMPLE_RATE // 5):
        hertz = 220 * 2 ** (random.integers(0, 24) / 12)
        for harmonic in range(1, 6):
            tone = np.sin(2 * np.pi * hertz * harmonic * time) / harmonic
            music[start : start + SAMPLE_RATE] += np.exp(-3 * time) * tone
    return music[:length].astype(np.float32)


def clipped(sound: Sound) -> Sound:
    """Cut at half its peak at three times the rate, then turned down, as a bad recorder does."""
    fine = resample_poly(sound, 3, 1)
    peak = np.abs(fine).max()
    return (0.3 * resample_poly(np.clip(fine, -peak / 2, peak / 2), 1, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def encoder(engine: KokoroEngine) -> SpeakerEncoder:
    return engine.encoder


@pytest.mark.parametrize("name", PEOPLE)
def test_a_good_recording_gets_no_warning(encoder: SpeakerEncoder, name: str) -> None:
    assert warnings(recording(name), encoder) == ()


@pytest.mark.parametrize("name", PEOPLE)
def test_noise_clipping_and_a_second_speaker_each_get_their_own_warning(
    encoder: SpeakerEncoder, name: str
) -> None:
    sound = recording(name)
    assert NOISY in warnings(with_noise(sound, 8), encoder)
    assert warnings(clipped(sound), encoder) == (CLIPPED,)
    other = recording("em_walden.wav" if name != "em_walden.wav" else "vr_4.mp4")
    other = other * np.float32(np.sqrt(np.mean(sound**2) / np.mean(other**2)))
    shortest = min(len(sound), len(other))
    together = np.concatenate([sound[:shortest], other[:shortest]])
    assert SEVERAL_SPEAKERS in warnings(together, encoder)


@pytest.mark.parametrize("name", PEOPLE)
def test_level_noise_and_music_leave_the_speaker_recognisable(
    encoder: SpeakerEncoder, name: str
) -> None:
    sound = recording(name)

    def likeness(spoilt: Sound) -> float:
        return float(encoder.embed(usable_speech(spoilt)) @ encoder.embed(usable_speech(sound)))

    assert likeness((sound * 10**-1.5).astype(np.float32)) > 0.99
    assert likeness(with_noise(sound, 20)) > 0.93
    assert likeness(with_noise(sound, 10)) > 0.85
    assert likeness(with_music(sound, 20)) > 0.93


def test_synthesised_speech_is_a_good_reference_too(
    encoder: SpeakerEncoder, low_reference: Sound, high_reference: Sound
) -> None:
    assert warnings(low_reference, encoder) == ()
    assert warnings(high_reference, encoder) == ()


def test_pauses_do_not_count_as_speech(low_reference: Sound) -> None:
    pause = np.zeros(4 * SAMPLE_RATE, dtype=np.float32)
    short = np.concatenate([low_reference[: 2 * SAMPLE_RATE], pause])
    with pytest.raises(ReferenceTooShort, match=r"holds [12]\.\d s of speech"):
        usable_speech(short)


@pytest.mark.parametrize("seconds", [0, 1, 8])
def test_silence_is_called_silence(seconds: int) -> None:
    with pytest.raises(SilentAudio, match="silent"):
        usable_speech(np.zeros(seconds * SAMPLE_RATE, dtype=np.float32))


def test_music_and_noise_without_a_voice_are_refused() -> None:
    noise = (0.1 * np.random.default_rng(0).standard_normal(8 * SAMPLE_RATE)).astype(np.float32)
    for sound in (noise, tune(8 * SAMPLE_RATE)):
        with pytest.raises(SilentAudio, match="No voice"):
            usable_speech(sound)


def test_a_person_who_only_breathes_gives_no_voice() -> None:
    with pytest.raises((SilentAudio, ReferenceTooShort)):
        usable_speech(recording("lp_s18.mp4"))
