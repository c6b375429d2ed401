from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from dh_core.errors import (
    InternalJobError,
    JobError,
    NoAudioStream,
    UnreadableMedia,
    UnsupportedSound,
)
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.media.probe import AudioInfo, probe
from gpu_jobs.media.sound import audio
from gpu_jobs.media.sound.audio import SoundFile, plain_wav, write_wav

RATE = 16_000
TONE = 0.4 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE, dtype=np.float32)
SILENCE = np.zeros_like(TONE)


def sound_of(path: Path) -> AudioInfo:
    found = probe(path).audio
    assert found is not None
    return found


def extracted(path: Path, folder: Path) -> SoundFile:
    wav, m4a = folder / "a.wav", folder / "a.m4a"
    return audio.transcode_audio(path, sound_of(path), wav=wav, m4a=m4a)


def plain(path: Path, folder: Path) -> Path:
    plain_wav(path, sound_of(path), folder / "plain.wav", max_seconds=60.0)
    return folder / "plain.wav"


def recording(
    folder: Path, samples: NDArray[np.float32], rate: int = RATE, subtype: str = "FLOAT"
) -> Path:
    path = folder / "recording.wav"
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def peak(samples: NDArray[np.float32]) -> float:
    return float(np.abs(samples).max())


def test_extracted_sound_keeps_rate_channels_and_loudness(
    tmp_path: Path, talking_video: Path
) -> None:
    written = extracted(talking_video, tmp_path)
    original = read_audio(talking_video, 44_100)
    for path, container in (("a.wav", "audio/wav"), ("a.m4a", "audio/mp4")):
        info = probe(tmp_path / path)
        assert info.container == container
        assert info.audio is not None
        assert (info.audio.sample_rate, info.audio.channels) == (44_100, 2)
        assert info.duration == pytest.approx(written.duration, abs=0.03)
        again = read_audio(tmp_path / path, 44_100)
        assert np.std(again) == pytest.approx(np.std(original), rel=0.03)
    assert soundfile.info(tmp_path / "a.wav").subtype == "PCM_16"


def test_a_video_without_sound_leaves_no_files(tmp_path: Path, silent_video: Path) -> None:
    nothing = AudioInfo(44_100, 2, "aac", 0.0)
    with pytest.raises(NoAudioStream):
        audio.transcode_audio(silent_video, nothing, wav=tmp_path / "a.wav", m4a=tmp_path / "a.m4a")
    assert list(tmp_path.iterdir()) == []


def test_samples_written_are_the_samples_read(tmp_path: Path) -> None:
    samples = np.linspace(-0.5, 0.5, 1_000, dtype=np.float32)
    write_wav(tmp_path / "a.wav", samples, 24_000)
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav", 24_000), samples, atol=1e-4)


@pytest.mark.parametrize(
    ("rate", "channels", "written"),
    [
        (1, 1, 7_350),
        (4_000, 1, 7_350),
        (37_000, 2, 44_100),
        (96_000, 2, 96_000),
        (192_000, 1, 96_000),
        (768_000, 1, 96_000),
        (RATE, 3, RATE),
        (48_000, 6, 48_000),
        (48_000, 7, 48_000),
        (48_000, 8, 48_000),
    ],
)
def test_what_is_said_of_an_extracted_sound_is_true_of_both_files(
    tmp_path: Path, rate: int, channels: int, written: int
) -> None:
    count = 40 if rate == 1 else rate // 2
    path = recording(tmp_path, np.full((count, channels), 0.1, np.float32), rate)
    said = extracted(path, tmp_path)
    assert said.duration == pytest.approx(count / rate, rel=0.01)
    assert (said.sample_rate, said.channels) == (written, channels)
    for name in ("a.wav", "a.m4a"):
        info = probe(tmp_path / name)
        assert info.audio is not None
        assert (info.audio.sample_rate, info.audio.channels) == (written, channels)
        assert info.duration == pytest.approx(said.duration, abs=0.15)


@pytest.mark.parametrize("channels", [9, 16, 64])
def test_sound_of_too_many_channels_is_told_to_become_mono_or_stereo(
    tmp_path: Path, channels: int
) -> None:
    path = recording(tmp_path, np.full((800, channels), 0.1, np.float32))
    for use in (extracted, plain):
        with pytest.raises(UnsupportedSound, match=rf"{channels} channels.*mono or stereo"):
            use(path, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["recording.wav"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_values_that_are_not_numbers_are_named(tmp_path: Path, value: float, subtype: str) -> None:
    samples = TONE.copy()
    samples[RATE // 2] = value
    path = recording(tmp_path, samples, subtype=subtype)
    for use in (extracted, plain, lambda path, _: read_audio(path, 8_000)):
        with pytest.raises(UnreadableMedia, match="not numbers"):
            use(path, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["recording.wav"]


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s24le", "pcm_f64le", "pcm_mulaw", "adpcm_ms"])
def test_any_coding_of_a_wav_gives_its_sound(make_media, tmp_path: Path, codec: str) -> None:
    tone = ("-f", "lavfi", "-i", "sine=440:r=16000:d=1", "-c:a", codec)
    path = make_media(f"{codec}.wav", *tone)
    assert extracted(path, tmp_path).duration == pytest.approx(1.0, abs=0.1)
    assert peak(read_audio(plain(path, tmp_path), RATE)) == pytest.approx(0.125, abs=0.02)


@pytest.mark.parametrize("samples", [1, 2, 100])
def test_a_sound_of_a_few_samples_is_a_short_sound(tmp_path: Path, samples: int) -> None:
    path = recording(tmp_path, TONE[-samples:])
    assert extracted(path, tmp_path).duration == samples / RATE
    assert len(read_audio(plain(path, tmp_path), RATE)) == samples


def test_a_sound_without_samples_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMedia, match="record"):
        probe(recording(tmp_path, TONE[:0]))


@pytest.mark.parametrize("kind", ["aac", "ts", "mp3"])
def test_sound_whose_rate_and_channels_change_goes_on_without_a_pause(
    make_media, tmp_path: Path, kind: str
) -> None:
    first = make_media(f"a.{kind}", "-f", "lavfi", "-i", "sine=440:r=44100:d=1", "-ac", "2")
    second = make_media(f"b.{kind}", "-f", "lavfi", "-i", "sine=440:r=48000:d=1", "-ac", "1")
    chained = tmp_path / f"chained.{kind}"
    chained.write_bytes(first.read_bytes() + second.read_bytes() + first.read_bytes())
    said = extracted(chained, tmp_path)
    assert said.channels == 2
    assert said.duration == pytest.approx(3.1, abs=0.15)
    samples = read_audio(tmp_path / "a.wav", 44_100)
    tenths = samples[: len(samples) // 4_410 * 4_410].reshape(-1, 4_410)
    assert (np.abs(tenths).max(axis=1) > 0.1).sum() >= 29


def test_sound_that_begins_after_the_picture_is_preceded_by_silence(
    make_media, tmp_path: Path
) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc2=s=192x108:r=25:d=1.2")
    tone = ("-itsoffset", "0.5", "-f", "lavfi", "-i", "sine=440:r=44100:d=0.5")
    late = make_media("late_tone.mp4", *picture, *tone, "-pix_fmt", "yuv420p")
    assert extracted(late, tmp_path).duration == pytest.approx(1.0, abs=0.05)
    for path in (late, tmp_path / "a.wav", plain(late, tmp_path)):
        loud = np.flatnonzero(np.abs(read_audio(path, RATE)) > 0.05)
        assert loud[0] / RATE == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_recording_with_one_channel_inverted_is_heard_as_it_sounds(
    tmp_path: Path, rate: int
) -> None:
    path = recording(tmp_path, np.column_stack([TONE, -TONE]), rate)
    assert peak(read_audio(path, RATE)) == pytest.approx(0.4 * np.sqrt(2), abs=0.02)
    left, right = soundfile.read(plain(path, tmp_path), dtype="float32")[0].T
    np.testing.assert_allclose(left, right, atol=1e-3)
    assert peak(left) == pytest.approx(0.4, abs=0.01)


def test_a_voice_in_one_channel_or_in_the_centre_is_heard(tmp_path: Path) -> None:
    one_side = np.column_stack([SILENCE, TONE])
    centre = np.column_stack([SILENCE, SILENCE, TONE, SILENCE, SILENCE, SILENCE])
    for samples in (one_side, centre):
        path = recording(tmp_path, samples)
        for heard in (path, plain(path, tmp_path)):
            assert peak(read_audio(heard, RATE)) == pytest.approx(0.4, rel=0.35)


def test_sound_above_full_scale_is_turned_down_not_cut_off(tmp_path: Path) -> None:
    heard = read_audio(plain(recording(tmp_path, 5 * TONE), tmp_path), RATE)
    np.testing.assert_allclose(heard, TONE / 0.4, atol=1e-3)


def test_no_damage_to_a_sound_file_gives_an_error_of_ours(make_media, tmp_path: Path) -> None:
    tone = ("-f", "lavfi", "-i", "sine=440:r=16000:d=0.3")
    chance = np.random.default_rng(12)
    for kind in ("wav", "flac", "mp3", "ogg", "m4a", "aac"):
        content = np.fromfile(make_media(f"whole.{kind}", *tone), np.uint8)
        for _ in range(2):
            damaged = content.copy()
            at = np.concatenate([chance.integers(0, 64, 2), chance.integers(0, len(content), 20)])
            damaged[at] = chance.integers(0, 256, len(at))
            path = tmp_path / f"damaged.{kind}"
            path.write_bytes(damaged.tobytes())
            try:
                extracted(path, tmp_path)
            except InternalJobError:
                raise
            except JobError:
                continue
