"""What is left of a recording is the voice, where and as loud as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from gpu_jobs.audio.denoise import clean_wav, without_noise
from gpu_jobs.media.ffmpeg import read_audio

ROOT = Path(__file__).resolve().parents[4]
SAMPLE = ROOT / "functions/api/voice_samples/zf_xiaobei.mp3"
RATE = 16_000


def decibels(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-12))


def test_the_voice_stays_in_its_place_and_the_noise_before_it_goes() -> None:
    voice = np.pad(read_audio(SAMPLE, RATE, max_seconds=3), (2 * RATE, 0))
    noise = np.random.default_rng(0).normal(0, 0.02, len(voice)).astype(np.float32)
    cleaned = without_noise(voice + noise)
    assert cleaned.shape == voice.shape
    assert cleaned.dtype == np.float32
    before = slice(RATE, 2 * RATE)
    assert decibels(cleaned[before]) < decibels(noise[before]) - 18
    assert decibels(cleaned - voice) < decibels(noise) - 4
    assert decibels(cleaned) == pytest.approx(decibels(voice), abs=1)


def test_a_clean_voice_is_left_as_it_is() -> None:
    voice = read_audio(SAMPLE, RATE, max_seconds=3)
    assert decibels(without_noise(voice) - voice) < decibels(voice) - 20


@pytest.mark.parametrize("length", [0, 161])
def test_a_sound_of_any_length_keeps_it(length: int) -> None:
    assert without_noise(np.zeros(length, np.float32)).shape == (length,)


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (16_000, 1)])
def test_a_recording_to_be_heard_is_cleaned_in_step_with_what_it_was(
    tmp_path: Path, rate: int, channels: int
) -> None:
    voice = np.pad(read_audio(SAMPLE, rate, max_seconds=9), (2 * rate, rate // 3))
    noise = np.random.default_rng(0).normal(0, 0.02, len(voice)).astype(np.float32)
    noisy, target = tmp_path / "noisy.wav", tmp_path / "clean.wav"
    soundfile.write(noisy, np.stack([voice + noise] * channels, 1), rate)
    clean_wav(noisy, target)
    cleaned, heard_rate = soundfile.read(target, dtype="float32")
    assert (heard_rate, len(cleaned)) == (48_000, round(len(voice) * 48_000 / rate))
    again = read_audio(target, rate)[: len(voice)]
    before, spoken = slice(rate, 2 * rate), slice(2 * rate, len(again))
    assert decibels(again[before]) < decibels(noise[before]) - 30
    assert np.corrcoef(again[spoken], voice[spoken])[0, 1] > 0.97
