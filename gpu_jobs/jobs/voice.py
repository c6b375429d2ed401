"""Text to speech: in a voice of the library, toward a reference voice, or in the default one."""

from __future__ import annotations

from typing import Any, ClassVar

from dh_core.settings import JobSettings
from dh_core.specs.task_types.voice import VoiceSpec
from gpu_jobs.engines.registry import SPEECH
from gpu_jobs.engines.speech.prosody import Prosody
from gpu_jobs.jobs.job import JobContext, JobOutput, OutputFile, Stage, StageReport
from gpu_jobs.jobs.steps.audio_label import AudioLabel
from gpu_jobs.jobs.steps.speech_files import subtitle_files, timeline_json
from gpu_jobs.jobs.steps.transcription import Listener
from gpu_jobs.jobs.steps.voice_choice import ChosenVoice, VoiceChoice
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.weights.bucket import open_weights


class VoiceJob:
    """Implements `gpu_jobs.jobs.job.Job` for VoiceSpec."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("voice", 10), Stage("speech", 90))

    def __init__(self, settings: JobSettings) -> None:
        self._settings = settings

    def setup(self) -> None:
        settings, weights = self._settings, open_weights(self._settings)
        self._engine = SPEECH.load(settings.speech_engine, weights, settings.threads)
        self._voices = VoiceChoice(self._engine, Listener(weights, settings.threads), weights)
        self._label = AudioLabel(settings, self._engine)

    def run(self, spec: VoiceSpec, context: JobContext) -> JobOutput:
        """Raises UnspeakableText, ReferenceTooShort, SilentAudio, VoiceOutdated, …"""
        text, prosody = spec.script.text, Prosody.of(spec)
        self._engine.check(text, prosody)
        chosen = self._voice(spec, context, context.report.stage("voice"))
        report = context.report.stage("speech")
        speech = self._engine.synthesise(text, chosen.voice, report, prosody)
        if context.label_is_shown:
            speech = self._label.add_to(speech)
        wav, timeline = context.workdir / "audio.wav", context.workdir / "timeline.json"
        write_wav(wav, speech.samples, speech.sample_rate)
        timeline.write_text(timeline_json(speech), encoding="utf-8")
        return JobOutput(
            files={
                "audio": OutputFile(wav, "audio/wav", ".wav", context.label),
                "timeline": OutputFile(timeline, "application/json", ".json", None),
                **subtitle_files(speech.words, speech.duration, context.workdir),
            },
            data={
                "duration": round(speech.duration, 3),
                "voice": chosen.voice.name,
                **chosen.data,
                "warnings": [*chosen.warnings, *speech.warnings],
            },
        )

    def _voice(self, spec: VoiceSpec, context: JobContext, report: StageReport) -> ChosenVoice[Any]:
        if spec.voice_id is not None:
            return self._voices.of_library(spec.voice_id, context.inputs.voice_profile)
        reference = context.inputs.upload("audio", spec.reference_audio)
        if reference is None:
            return self._voices.default()
        return self._voices.of_recording(reference, report, context, text=spec.reference_text)
