"""Recordings of people, as they are and spoilt on purpose."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from dh_core.errors import ReferenceTooShort, SilentAudio
from gpu_jobs.audio.voice_activity import SAMPLE_RATE, speech_chunks
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.engines.speech.speaker.ge2e import SpeakerEncoder
from gpu_jobs.engines.speech.speaker.reference_checks import (
    CLIPPED,
    NOISY,
    SEVERAL_SPEAKERS,
    during,
    is_clipped,
    usable_speech,
    warnings,
)
from gpu_jobs.media import ffmpeg
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.media.probe import probe
from gpu_jobs.media.sound.audio import read_channels

MEDIA = Path(__file__).resolve().parents[6].parent / "shared" / "media"
PEOPLE = ["em_walden.wav", "em_yun.wav", "vr_1.mp4", "vr_4.mp4", "mi_German_20s.mp4"]
SPOILT = PEOPLE[::2]
"""Each is spoilt in many ways, which takes seconds."""

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


@pytest.mark.parametrize("name", SPOILT)
def test_noise_clipping_and_a_second_speaker_each_get_their_own_warning(
    encoder: SpeakerEncoder, name: str
) -> None:
    sound = recording(name)[: 12 * SAMPLE_RATE]
    assert NOISY in warnings(with_noise(sound, 8), encoder)
    assert warnings(clipped(sound), encoder) == (CLIPPED,)
    other = recording("em_walden.wav" if name != "em_walden.wav" else "vr_4.mp4")
    other = other * np.float32(np.sqrt(np.mean(sound**2) / np.mean(other**2)))
    shortest = min(len(sound), len(other))
    together = np.concatenate([sound[:shortest], other[:shortest]])
    assert SEVERAL_SPEAKERS in warnings(together, encoder)


def recorded(path: Path) -> Sound:
    sound = probe(path).audio
    assert sound is not None
    return read_channels(path, sound, max_seconds=60.0)


@pytest.fixture(scope="module")
def spoken(low_reference: Sound) -> NDArray[np.bool_]:
    return speech_chunks(low_reference)


CODED = {
    "wav": (),
    "quiet.wav": ("-af", "volume=-30dB"),
    "float.wav": ("-c:a", "pcm_f32le", "-af", "volume=12dB"),
    "mp3": ("-b:a", "64k"),
    "m4a": ("-b:a", "64k", "-af", "volume=-9dB"),
    "ogg": ("-c:a", "libopus", "-b:a", "24k"),
}


@pytest.mark.parametrize(
    ("coded", "rate"),
    [("wav", 16_000), ("wav", 44_100), ("wav", 96_000), *((name, 48_000) for name in CODED)],
)
def test_clipping_is_noticed_at_any_rate_and_loudness_and_after_any_codec(
    low_reference: Sound, spoken: NDArray[np.bool_], tmp_path: Path, coded: str, rate: int
) -> None:
    fine = resample_poly(low_reference, rate // 100, SAMPLE_RATE // 100)
    fine /= np.abs(fine).max()
    twentieth = 1 / np.quantile(np.abs(fine), 0.95)
    for gain in (1.0, twentieth):
        cut, path = tmp_path / "cut.wav", tmp_path / f"a.{coded}"
        soundfile.write(cut, 0.8 * np.clip(gain * fine, -1, 1), rate, subtype="PCM_16")
        argv = [ffmpeg.executable(), "-v", "error", "-y", "-i", str(cut), *CODED[coded], str(path)]
        subprocess.run(argv, check=True, timeout=60)
        speech = during(recorded(path), spoken, len(low_reference))
        assert is_clipped(speech) == (gain > 1), gain


def test_one_clipped_channel_of_two_is_noticed_and_an_inverted_one_is_no_silence(
    encoder: SpeakerEncoder, low_reference: Sound, tmp_path: Path
) -> None:
    voice, path = low_reference / np.abs(low_reference).max(), tmp_path / "a.wav"
    for right, expected in ((-voice, ()), (np.clip(3 * voice, -1, 1), (CLIPPED,))):
        soundfile.write(path, 0.5 * np.column_stack([voice, right]), SAMPLE_RATE)
        mixed = read_audio(path, SAMPLE_RATE)
        assert warnings(mixed, encoder, recorded(path)) == expected


@pytest.mark.parametrize("name", SPOILT)
def test_level_noise_and_music_leave_the_speaker_recognisable(
    encoder: SpeakerEncoder, name: str
) -> None:
    sound = recording(name)[: 6 * SAMPLE_RATE]
    plain = encoder.embed(usable_speech(sound))

    def likeness(spoilt: Sound) -> float:
        return float(encoder.embed(usable_speech(spoilt)) @ plain)

    assert likeness((sound * 10**-1.5).astype(np.float32)) > 0.99
    assert likeness(with_noise(sound, 10)) > 0.86
    assert likeness(with_music(sound, 5)) > 0.86


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
