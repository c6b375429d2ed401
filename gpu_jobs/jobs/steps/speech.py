"""What a composed video says: a recording, the sound of an earlier task, or a text to be spoken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dh_core.errors import MediaTooShort, NoAudioStream, SilentAudio
from dh_core.limits import MAX_SPEECH_SECONDS
from dh_core.settings import JobSettings
from dh_core.specs.talking_video import TalkingVideoSpec
from dh_core.specs.task_types.compose import ComposeSpec
from gpu_jobs.audio import voice_activity
from gpu_jobs.audio.denoise import clean_wav
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.registry import SPEECH
from gpu_jobs.engines.speech import SpeechEngine
from gpu_jobs.engines.speech.prosody import Prosody
from gpu_jobs.jobs.job import JobContext
from gpu_jobs.jobs.steps.speech_files import read_timeline
from gpu_jobs.jobs.steps.transcription import Listener
from gpu_jobs.jobs.steps.voice_choice import ChosenVoice, VoiceChoice
from gpu_jobs.media.probe import MediaLimits, probe
from gpu_jobs.media.sound.audio import cut_wav, decode_to_disk, plain_wav, write_wav
from gpu_jobs.weights.store import WeightStore

RECORDED_SAMPLE_RATE = voice_activity.SAMPLE_RATE
SILENCE_PEAK = 10 ** (-50 / 20)
"""A recording whose loudest sample is below -50 dBFS holds no usable speech."""

LEAST_SECONDS = 0.1
"""Of a recording: less is no syllable, and not three frames of a film."""

_MARGIN_SECONDS = 0.3
"""Kept around the speech of an earlier task; its audible AI label keeps at least this distance."""
_BLOCK_SECONDS = 60

Span = tuple[float, float]


@dataclass(frozen=True)
class SpokenPart:
    """The speech as samples (`speech`) and as the file that is heard.

    `speech` has phonemes and words where its text is known from synthesis.
    """

    speech: Speech
    sound: Path
    voice: str
    warnings: tuple[str, ...] = ()

    @property
    def duration(self) -> float:
        return self.speech.duration

    @cached_property
    def spans(self) -> list[Span]:
        """When somebody speaks, in seconds."""
        if self.speech.phonemes:
            return [(one.start, one.end) for one in self.speech.phonemes]
        return voice_activity.spans(voice_activity.speech_chunks(self.speech.samples))


class SpokenParts:
    """Makes them; the speech engine is loaded by the first text."""

    def __init__(self, settings: JobSettings, weights: WeightStore, listener: Listener) -> None:
        self._settings = settings
        self._weights = weights
        self._listener = listener

    @cached_property
    def _engine(self) -> SpeechEngine[Any]:
        settings = self._settings
        return SPEECH.load(settings.speech_engine, self._weights, settings.threads)

    def of(self, spec: ComposeSpec, context: JobContext) -> SpokenPart:
        """Raises SilentAudio, NoAudioStream, MediaTooLong, UnreadableMedia, UnspeakableText, …"""
        if not spec.is_recorded:
            return self._synthesised(spec, context)
        return existing(spec, spec.audio_file, context)

    def _synthesised(self, spec: ComposeSpec, context: JobContext) -> SpokenPart:
        text, prosody = spec.script.text, Prosody.of(spec)
        report = context.report.stage("speech")
        self._engine.check(text, prosody)
        chosen = self._voice(spec, context)
        speech = self._engine.synthesise(text, chosen.voice, report, prosody)
        sound = context.workdir / "speech.wav"
        write_wav(sound, speech.samples, speech.sample_rate)
        warnings = (*chosen.warnings, *speech.warnings)
        return SpokenPart(speech, sound, chosen.voice.name, warnings)

    def _voice(self, spec: ComposeSpec, context: JobContext) -> ChosenVoice[Any]:
        choice = VoiceChoice(self._engine, self._listener, self._weights)
        if spec.voice_id is None:
            return choice.default()
        return choice.of_library(spec.voice_id, context.inputs.voice_profile)


def existing(spec: TalkingVideoSpec, recording: str | None, context: JobContext) -> SpokenPart:
    """What a task speaks that makes no speech: an upload of this name, or an earlier task's sound.

    Cleaned where the spec asks for that. Raises as `recorded`.
    """
    earlier, folder = context.inputs.earlier_sound, context.workdir
    if recording is not None:
        return recorded(context.inputs.upload("audio", recording), folder, spec.enhance_speech)
    if earlier is None:
        raise ValueError("neither an upload nor the sound of an earlier task was fetched")
    if earlier.timeline is None:
        return recorded(earlier.audio, folder, spec.enhance_speech)
    # What an earlier task spoke has no noise.
    return _of_earlier_task(earlier.audio, earlier.timeline.read_text(encoding="utf-8"), folder)


def recorded(path: Path, folder: Path, enhanced: bool = False) -> SpokenPart:
    """A recording as it is spoken; `enhanced`: without the noise and music in it.

    Raises SilentAudio, NoAudioStream, UnsupportedSound, …
    """
    audio = probe(path, MediaLimits(max_seconds=MAX_SPEECH_SECONDS)).audio
    if audio is None:
        raise NoAudioStream
    plain = folder / "speech.wav"
    if enhanced:
        noisy = folder / "noisy.wav"
        plain_wav(path, audio, noisy, max_seconds=MAX_SPEECH_SECONDS)
        clean_wav(noisy, plain)
        noisy.unlink()
    else:
        plain_wav(path, audio, plain, max_seconds=MAX_SPEECH_SECONDS)
    samples = _samples(plain, folder)
    if _peak(samples) < SILENCE_PEAK:
        raise SilentAudio
    if len(samples) < LEAST_SECONDS * RECORDED_SAMPLE_RATE:
        raise MediaTooShort("The recording is over before a word is said; record it again.")
    return SpokenPart(Speech(samples, RECORDED_SAMPLE_RATE), plain, "recorded")


def _of_earlier_task(path: Path, timeline: str, folder: Path) -> SpokenPart:
    """Our own speech: what is said when is known; the label that standalone audio bears is not."""
    known = read_timeline(timeline, np.zeros(0, np.float32), RECORDED_SAMPLE_RATE)
    if not known.phonemes:
        return recorded(path, folder)
    start = max(0.0, known.phonemes[0].start - _MARGIN_SECONDS)
    sound = folder / "speech.wav"
    cut_wav(path, sound, start=start, end=known.phonemes[-1].end + _MARGIN_SECONDS)
    speech = replace(known.delayed(-start), samples=_samples(sound, folder))
    return SpokenPart(speech, sound, "recorded")


def _samples(path: Path, folder: Path) -> NDArray[np.float32]:
    raw = folder / "speech.f32"
    return decode_to_disk(path, raw, RECORDED_SAMPLE_RATE, max_seconds=MAX_SPEECH_SECONDS)


def _peak(samples: NDArray[np.float32]) -> float:
    block = _BLOCK_SECONDS * RECORDED_SAMPLE_RATE
    return max(
        float(np.abs(samples[at : at + block]).max(initial=0.0))
        for at in range(0, len(samples), block)
    )
