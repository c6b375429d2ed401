"""Make clean synthetic speech sound like recordings: rooms, noise, microphones, codecs.

Everything keeps the time of every sound, except `at_speed`, which says by how much it moved it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr
from numpy.random import Generator
from scipy.signal import fftconvolve, lfilter

from gpu_jobs.audio.mel import RATE
from gpu_jobs.audio.speech_features import FloatArray
from gpu_jobs.media import ffmpeg
from gpu_jobs.media.processes.child_process import ProcessLimits, run
from gpu_jobs.media.sound.audio import write_wav

CODECS: dict[str, tuple[str, dict[str, str | int]]] = {
    "aac": ("m4a", {"f": "ipod", "acodec": "aac", "audio_bitrate": "32k"}),
    "opus": ("ogg", {"f": "ogg", "acodec": "libopus", "audio_bitrate": "16k"}),
    "telephone": ("wav", {"f": "wav", "acodec": "pcm_mulaw", "ar": 8000}),
}
"""File suffix and ffmpeg options of each; the telephone is G.711 at 8 kHz."""


def at_speed(samples: FloatArray, factor: float) -> FloatArray:
    """Play `factor` times as fast, pitch and formants with it: another throat.

    Method: Ko et al. 2015, "Audio augmentation for speech recognition".
    """
    return np.asarray(soxr.resample(samples, RATE * factor, RATE), np.float32)


def recorded(samples: FloatArray, rng: Generator) -> FloatArray:
    """The speech in a random room through a random microphone, shape and timing kept."""
    sound = samples
    if rng.random() < 0.6:
        sound = in_a_room(sound, rng)
    if rng.random() < 0.8:
        sound = with_noise(sound, float(rng.uniform(12, 50)), rng)
    gain = float(np.exp(rng.uniform(-2.0, 0.5)))
    return np.asarray(np.clip(gain * sound, -1, 1), np.float32)


def in_a_room(samples: FloatArray, rng: Generator) -> FloatArray:
    """Convolved with the direct sound and an exponentially decaying tail of 0.1 to 0.6 s."""
    decay = float(rng.uniform(0.1, 0.6))
    time = np.arange(int(decay * RATE)) / RATE
    tail = rng.normal(size=len(time)) * 10 ** (-3 * time / decay)
    tail[: int(0.002 * RATE)] = 0
    tail *= rng.uniform(0.1, 0.6) / np.linalg.norm(tail)
    tail[0] = 1
    return np.asarray(fftconvolve(samples, tail)[: len(samples)], np.float32)


def with_noise(samples: FloatArray, decibels: float, rng: Generator) -> FloatArray:
    """Noise of a random colour, from hiss to rumble, `decibels` below the speech."""
    noise = lfilter([1], [1, -rng.uniform(0, 0.98)], rng.normal(size=len(samples)))
    loud = np.percentile(np.abs(samples), 95) + 1e-6
    noise *= loud / (noise.std() + 1e-9) * 10 ** (-decibels / 20)
    return np.asarray(samples + noise, np.float32)


def through_codec(sounds: Sequence[FloatArray], codec: str) -> list[FloatArray]:
    """Encoded and decoded by ffmpeg, all in one file; raises KeyError for an unknown codec."""
    suffix, options = CODECS[codec]
    with tempfile.TemporaryDirectory() as folder:
        wav, coded = Path(folder) / "sound.wav", Path(folder) / f"coded.{suffix}"
        write_wav(wav, np.concatenate(sounds), RATE)
        output = ffmpeg.source(wav)["a:0"].output(f"file:{coded}", **options)
        run(ffmpeg.command(output), ProcessLimits(wall_seconds=600.0))
        decoded = ffmpeg.read_audio(coded, RATE)
    total = sum(len(sound) for sound in sounds)
    decoded = np.pad(decoded, (0, max(0, total - len(decoded))))[:total]
    return np.split(decoded, np.cumsum([len(sound) for sound in sounds])[:-1])
