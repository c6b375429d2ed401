"""Speech with music under it, as it is heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from dh_core.errors import UnreadableMedia
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.sound.ducking import STEPS_PER_SECOND
from gpu_jobs.media.sound.soundtrack import SAMPLE_RATE, mix_music

LOW, HIGH = 300.0, 2_000.0


def tone(path: Path, hertz: float, seconds: float, *, level: float, channels: int = 1) -> Path:
    rate = 24_000
    wave = level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    write_wav(path, np.tile(wave[:, None], (1, channels)).astype(np.float32), rate)
    return path


def level_of(samples: np.ndarray, hertz: float) -> float:
    """Amplitude of a tone in mono sound."""
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / SAMPLE_RATE)
    return 2 * abs(complex(np.mean(samples * turns)))


def mixed(folder: Path, *, music_seconds: float, gain: np.ndarray, channels: int = 1) -> np.ndarray:
    """One channel of 4 s of speech at 0.5 with music of 0.4 under it."""
    speech = tone(folder / "speech.wav", HIGH, 4.0, level=0.5, channels=channels)
    music = tone(folder / "music.wav", LOW, music_seconds, level=0.4)
    target = folder / "mixed.wav"
    mix_music(speech, music, gain.astype(np.float32), target)
    samples, rate = soundfile.read(target)
    assert (rate, samples.shape[1]) == (SAMPLE_RATE, 2)
    assert sorted(path.name for path in folder.iterdir()) == [
        "mixed.wav",
        "music.wav",
        "speech.wav",
    ]
    return samples[:, 1]


@pytest.mark.parametrize("channels", [1, 2])
def test_speech_keeps_its_level_and_music_follows_the_gain(tmp_path: Path, channels: int) -> None:
    gain = np.concatenate([np.full(200, 0.5), np.full(200, 0.1)])
    heard = mixed(tmp_path, music_seconds=10.0, gain=gain, channels=channels)
    first, second = heard[24_000:72_000], heard[120_000:168_000]
    assert level_of(first, HIGH) == pytest.approx(0.5, rel=0.03)
    assert level_of(first, LOW) == pytest.approx(0.2, rel=0.03)
    assert level_of(second, LOW) == pytest.approx(0.04, rel=0.03)


def test_short_music_begins_again_and_the_mix_is_as_long_as_asked(tmp_path: Path) -> None:
    heard = mixed(tmp_path, music_seconds=0.7, gain=np.full(6 * STEPS_PER_SECOND, 0.5))
    assert len(heard) == 6 * SAMPLE_RATE
    assert level_of(heard[-SAMPLE_RATE:], LOW) > 0.15


def test_loud_music_over_loud_speech_does_not_clip(tmp_path: Path) -> None:
    heard = mixed(tmp_path, music_seconds=5.0, gain=np.full(400, 2.5))
    assert np.abs(heard).max() < 0.95


def test_music_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path) -> None:
    speech = tone(tmp_path / "speech.wav", HIGH, 1.0, level=0.5)
    music = tmp_path / "music.wav"
    music.write_bytes(b"no music at all" * 100)
    with pytest.raises(UnreadableMedia):
        mix_music(speech, music, np.ones(100, np.float32), tmp_path / "mixed.wav")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["music.wav", "speech.wav"]
