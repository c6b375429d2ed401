"""Background music for a talking video, as loud as its speech allows."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dh_core.errors import NoAudioStream
from dh_core.limits import MAX_EXTRACT_SECONDS
from dh_core.specs.talking_video import TalkingVideoSpec
from gpu_jobs.audio.loudness import LoudnessMeter
from gpu_jobs.jobs.job import JobContext
from gpu_jobs.jobs.steps.speech import SpokenPart
from gpu_jobs.media.probe import MediaLimits, probe
from gpu_jobs.media.sound.audio import decode_to_disk, plain_wav
from gpu_jobs.media.sound.ducking import STEPS_PER_SECOND, music_gain
from gpu_jobs.media.sound.soundtrack import mix_music

SILENT_WARNING = "background_music_silent"

_METER_RATE = 16_000
_BLOCK_SECONDS = 30


def soundtrack(
    spec: TalkingVideoSpec, spoken: SpokenPart, context: JobContext
) -> tuple[Path, tuple[str, ...]]:
    """What is heard: the speech, over the music that the spec names; and warnings.

    Raises as `add_music`.
    """
    if spec.background_music is None:
        return spoken.sound, ()
    music = context.inputs.upload("audio", spec.background_music)
    mixed = add_music(spoken, music, context.workdir)
    return (spoken.sound, (SILENT_WARNING,)) if mixed is None else (mixed, ())


def add_music(spoken: SpokenPart, music: Path, folder: Path) -> Path | None:
    """A sound file of the speech with music under it; None if the music is silent.

    Raises NoAudioStream, UnreadableMedia, MediaTooLong, MediaLimitExceeded.
    """
    audio = probe(music, MediaLimits(max_seconds=MAX_EXTRACT_SECONDS)).audio
    if audio is None:
        raise NoAudioStream("The background music has no sound; upload another file.")
    plain, raw = folder / "music.wav", folder / "music.f32"
    plain_wav(music, audio, plain, max_seconds=spoken.duration)
    heard = decode_to_disk(plain, raw, _METER_RATE, max_seconds=spoken.duration)
    loudness = _loudness(heard, _METER_RATE)
    raw.unlink()
    if not math.isfinite(loudness):
        return None
    speech = _loudness(spoken.speech.samples, spoken.speech.sample_rate)
    # Speech too soft to be measured is treated like music as loud as itself.
    difference = loudness - speech if math.isfinite(speech) else 0.0
    target = folder / "soundtrack.wav"
    mix_music(spoken.sound, plain, music_gain(_speaking(spoken), difference), target)
    return target


def _speaking(spoken: SpokenPart) -> NDArray[np.bool_]:
    steps = np.zeros(math.ceil(spoken.duration * STEPS_PER_SECOND), np.bool_)
    for start, end in spoken.spans:
        steps[int(start * STEPS_PER_SECOND) : math.ceil(end * STEPS_PER_SECOND)] = True
    return steps


def _loudness(samples: NDArray[np.float32], sample_rate: int) -> float:
    meter, block = LoudnessMeter(sample_rate), _BLOCK_SECONDS * sample_rate
    for at in range(0, len(samples), block):
        meter.add(np.asarray(samples[at : at + block]))
    return meter.integrated()
