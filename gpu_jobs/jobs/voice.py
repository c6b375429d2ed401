"""Text to speech, in the direction of a reference voice if one is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dh_core.limits import MAX_REFERENCE_SECONDS
from dh_core.settings import JobSettings
from dh_core.specs import VoiceSpec
from gpu_jobs.engines import speech as speech_engines
from gpu_jobs.job import JobContext, JobOutput, OutputFile, Stage
from gpu_jobs.media.audio import write_wav
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.media.labelling import append_audio_cue
from gpu_jobs.media.probe import MediaLimits, probe
from gpu_jobs.timeline import Speech
from gpu_jobs.weights import WeightStore

REFERENCE_SAMPLE_RATE = 16_000
REFERENCE_SECONDS_USED = 60.0
"""A voice is known after a minute; more only costs time."""


class VoiceJob:
    """Implements `gpu_jobs.job.Job` for VoiceSpec."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("voice", 10), Stage("speech", 90))

    def __init__(self, settings: JobSettings) -> None:
        self._engine = speech_engines.load(
            settings.speech_engine, WeightStore(settings.weights_dir), settings.threads
        )

    def setup(self) -> None:
        self._engine.setup()

    def run(self, spec: VoiceSpec, context: JobContext) -> JobOutput:
        """Raises UnspeakableText, ReferenceTooShort, SilentAudio, UnreadableMedia."""
        context.report.stage("voice")
        reference = context.inputs.get("reference_audio")
        voice = (
            self._engine.default_voice()
            if reference is None
            else self._engine.adapt(read_reference(reference), spec.reference_text)
        )
        speech = self._engine.synthesise(spec.text, voice, context.report.stage("speech"))
        wav, timeline = context.workdir / "audio.wav", context.workdir / "timeline.json"
        write_wav(wav, append_audio_cue(speech.samples, speech.sample_rate), speech.sample_rate)
        timeline.write_text(timeline_json(speech), encoding="utf-8")
        return JobOutput(
            files={
                "audio": OutputFile(wav, "audio/wav", ".wav", context.label),
                "timeline": OutputFile(timeline, "application/json", ".json", None),
            },
            data={"duration": round(speech.duration, 3), "voice": voice.name},
        )


def read_reference(path: Path) -> NDArray[np.float32]:
    """The first minute of a voice sample, 16 kHz mono.

    Raises UnreadableMedia, NoAudioStream, MediaTooLong.
    """
    probe(path, MediaLimits(max_seconds=MAX_REFERENCE_SECONDS))
    return read_audio(path, REFERENCE_SAMPLE_RATE, max_seconds=REFERENCE_SECONDS_USED)


def timeline_json(speech: Speech) -> str:
    """Phonemes with their times in seconds, in order."""
    phonemes = [
        {"symbol": p.symbol, "start": round(p.start, 4), "end": round(p.end, 4)}
        for p in speech.phonemes
    ]
    document = {"duration": round(speech.duration, 4), "phonemes": phonemes}
    return json.dumps(document, ensure_ascii=False)
