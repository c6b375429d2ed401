"""Whole sound files: written as WAV, cut, made plain, decoded to disk, taken out of a video."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ffmpeg
import numpy as np
import soundfile
from numpy.typing import NDArray

from dh_core.errors import UnsupportedSound
from gpu_jobs.media.ffmpeg import Graph, command, polarity, sound_blocks, source
from gpu_jobs.media.probe import AudioInfo
from gpu_jobs.media.processes.child_process import Child, ProcessLimits, run

MAX_CHANNELS: Final = 8
"""Beyond them nobody knows which channel is what."""

HIGHEST_RATE: Final = 192_000
"""Of recordings; files that claim more are read at this one."""

_AAC_BITRATE: Final = "192k"
_AAC_RATES: Final = (
    *(7_350, 8_000, 11_025, 12_000, 16_000, 22_050, 24_000),
    *(32_000, 44_100, 48_000, 64_000, 88_200, 96_000),
)
_LEAST_RATE: Final = 8_000
_PLAIN_RATE: Final = 48_000
_BLOCK: Final = 1 << 16


def write_wav(path: Path, samples: NDArray[np.float32], sample_rate: int) -> None:
    """Write float samples in [-1, 1], shape (N,) or (N, channels), as 16-bit PCM; others clip."""
    write_sound(path, samples, sample_rate, subtype="PCM_16")


def write_sound(path: Path, samples: NDArray[np.float32], sample_rate: int, subtype: str) -> None:
    """Write a WAV file, its samples coded as libsndfile's `subtype` says."""
    # By way of memory: libsndfile's own files do not say why writing failed.
    sound = io.BytesIO()
    soundfile.write(sound, samples, sample_rate, format="WAV", subtype=subtype)
    path.write_bytes(sound.getbuffer())


def cut_wav(path: Path, wav: Path, *, start: float, end: float) -> None:
    """Write the part of a sound between two moments, in seconds, as 16-bit WAV.

    Raises NoAudioStream, UnreadableMedia, MediaLimitExceeded.
    """
    sound = source(path, vn=None)["a:0"].filter("atrim", start=start, end=end)
    output = sound.filter("asetpts", "PTS-STARTPTS").output(
        f"file:{wav}", f="wav", acodec="pcm_s16le", map_metadata="-1"
    )
    run(command(output), ProcessLimits(wall_seconds=600.0))


def decode_to_disk(
    path: Path, raw: Path, sample_rate: int, *, max_seconds: float
) -> NDArray[np.float32]:
    """A plain sound (`plain_wav`) as mono float32 in the file `raw`, mapped read-only, shape (N,).

    For sound that may be long: it takes no memory of its own.
    Raises NoAudioStream, UnreadableMedia, MediaLimitExceeded.
    """
    with raw.open("wb") as file:
        for block in sound_blocks(path, sample_rate, 1, 0.0, max_seconds=max_seconds):
            file.write(block.tobytes())
    return np.memmap(raw, dtype=np.float32, mode="r")


def read_channels(path: Path, audio: AudioInfo, *, max_seconds: float) -> NDArray[np.float32]:
    """The first sound track as it was recorded: at its own rate, unmixed; shape (N, channels).

    For looking at, in memory. Raises UnreadableMedia, UnsupportedSound, MediaLimitExceeded.
    """
    _check_channels(audio)
    rate, start = min(audio.sample_rate, HIGHEST_RATE), audio.start
    return np.concatenate(
        list(sound_blocks(path, rate, audio.channels, start, max_seconds=max_seconds))
    )


@dataclass(frozen=True, slots=True)
class SoundFile:
    """A sound file as it lies on the disk; seconds and Hz."""

    duration: float
    sample_rate: int
    channels: int


def measure_wav(wav: Path) -> SoundFile:
    """What was written, by its own count of samples."""
    written = soundfile.info(wav)
    return SoundFile(written.frames / written.samplerate, written.samplerate, written.channels)


def plain_wav(path: Path, audio: AudioInfo, wav: Path, *, max_seconds: float) -> None:
    """The first sound track made plain: 16-bit WAV, mono or stereo, 48 kHz at most.

    It begins with the file's picture, its channels add up when they are mixed, and what is louder
    than full scale is turned down. Nothing is left behind on failure. Raises NoAudioStream,
    UnreadableMedia, UnsupportedSound, MediaLimitExceeded.
    """
    _check_channels(audio)
    rate, channels = min(max(audio.sample_rate, _LEAST_RATE), _PLAIN_RATE), min(audio.channels, 2)
    raw = wav.with_suffix(".f32")
    correlation, peak = 0.0, 1.0
    try:
        with raw.open("wb") as file:
            for block in sound_blocks(path, rate, channels, audio.start, max_seconds=max_seconds):
                file.write(block.tobytes())
                correlation += float(block[:, 0] @ block[:, -1])
                peak = max(peak, float(np.abs(block).max()))
        full = np.float32(32_767 / peak)
        signs = full * np.array([1.0, polarity(correlation)][:channels], np.float32)
        samples = np.memmap(raw, dtype=np.float32, mode="r").reshape(-1, channels)
        with wave.open(str(wav), "wb") as target:
            target.setnchannels(channels)
            target.setsampwidth(2)
            target.setframerate(rate)
            for at in range(0, len(samples), _BLOCK):
                block = np.rint(samples[at : at + _BLOCK] * signs)
                target.writeframesraw(block.astype("<i2").tobytes())
    except BaseException:
        wav.unlink(missing_ok=True)
        raise
    finally:
        raw.unlink(missing_ok=True)


def transcode_audio(
    path: Path, audio: AudioInfo, wav: Path, m4a: Path, *, max_seconds: float = 7200.0
) -> SoundFile:
    """The first sound track as 16-bit WAV and as AAC in M4A, loudness untouched.

    Rate and channels are kept as far as AAC has them (up to 96 kHz), the same in both files, which
    are measured. A track that begins after the picture is preceded by silence, so they stay in step
    with it. Nothing is left behind on failure. Raises NoAudioStream, UnreadableMedia,
    UnsupportedSound, MediaLimitExceeded.
    """
    _check_channels(audio)
    rate = _rate_of_aac(audio.sample_rate)
    argv = command(_both_files(rate, audio.channels, wav, m4a))
    blocks = sound_blocks(path, rate, audio.channels, audio.start, max_seconds=max_seconds)
    try:
        with Child(argv, stdin=True, limits=ProcessLimits(cpu_seconds=3600)) as encoder:
            for block in blocks:
                encoder.write(np.ascontiguousarray(block).data.cast("B"))
            encoder.finish()
        return measure_wav(wav)
    except BaseException:
        wav.unlink(missing_ok=True)
        m4a.unlink(missing_ok=True)
        raise


def _both_files(rate: int, channels: int, wav: Path, m4a: Path) -> Graph:
    sound = ffmpeg.input("pipe:0", f="f32le", ar=rate, ac=channels)
    branches = sound.filter_multi_output("asplit", 2)
    return ffmpeg.merge_outputs(
        branches[0].output(f"file:{wav}", f="wav", acodec="pcm_s16le", rf64="auto"),
        branches[1].output(
            f"file:{m4a}",
            f="ipod",
            acodec="aac",
            audio_bitrate=_AAC_BITRATE,
            movflags="+faststart",
        ),
    )


def _check_channels(audio: AudioInfo) -> None:
    if audio.channels > MAX_CHANNELS:
        raise UnsupportedSound(
            f"The sound has {audio.channels} channels; export it with one or two (mono or stereo)."
        )


def _rate_of_aac(sample_rate: int) -> int:
    """The nearest that loses nothing, or the highest."""
    return next((rate for rate in _AAC_RATES if rate >= sample_rate), _AAC_RATES[-1])
