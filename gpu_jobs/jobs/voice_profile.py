"""Saving a voice: adapt to the speaker of a recording once, keep that, and speak a sample."""

from __future__ import annotations

from pathlib import PurePath
from typing import ClassVar

from dh_core.limits import MAX_SAMPLE_VIDEO_SECONDS
from dh_core.settings import JobSettings
from dh_core.specs.task_types.voice_profile import VoiceProfileSpec
from gpu_jobs.engines.registry import SPEECH
from gpu_jobs.jobs.job import JobContext, JobOutput, LearntVoice, OutputFile, Stage
from gpu_jobs.jobs.steps.audio_label import AudioLabel
from gpu_jobs.jobs.steps.transcription import Listener
from gpu_jobs.jobs.steps.voice_choice import VoiceChoice
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.weights.bucket import open_weights

PREVIEW_TEXT = "你好，很高兴认识你。这就是我的声音，希望你会喜欢。"


class VoiceProfileJob:
    """Implements `gpu_jobs.jobs.job.Job` for VoiceProfileSpec."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("voice", 50), Stage("speech", 50))

    def __init__(self, settings: JobSettings) -> None:
        self._settings = settings

    def setup(self) -> None:
        settings, weights = self._settings, open_weights(self._settings)
        self._engine = SPEECH.load(settings.speech_engine, weights, settings.threads)
        self._voices = VoiceChoice(self._engine, Listener(weights, settings.threads), weights)
        self._label = AudioLabel(settings, self._engine)

    def run(self, spec: VoiceProfileSpec, context: JobContext) -> JobOutput:
        """Raises ReferenceTooShort, SilentAudio, NoAudioStream, UnreadableMedia, MediaTooLong."""
        recorded = context.inputs.upload("audio", spec.audio_file) or context.inputs.upload(
            "video", spec.video_file
        )
        assert recorded is not None, "the spec names one of the two"
        chosen = self._voices.of_recording(
            recorded,
            context.report.stage("voice"),
            context,
            max_seconds=MAX_SAMPLE_VIDEO_SECONDS,
        )
        profile, wav = context.workdir / "profile", context.workdir / "preview.wav"
        self._engine.save_voice(chosen.voice, profile)
        report = context.report.stage("speech")
        preview = self._label.add_to(self._engine.synthesise(PREVIEW_TEXT, chosen.voice, report))
        write_wav(wav, preview.samples, preview.sample_rate)
        recording = spec.audio_file or spec.video_file or ""
        name = spec.name or PurePath(recording).stem
        voice_id = context.label.produce_id
        return JobOutput(
            files={},
            data={
                "voice_id": voice_id,
                "name": name,
                "preview_url": f"/download/voice/{voice_id}",
                **chosen.data,
            },
            voice=LearntVoice(
                name=name,
                engine=self._engine.voice_version,
                profile=profile,
                preview=OutputFile(wav, "audio/wav", ".wav", context.label),
                warnings=chosen.warnings,
            ),
        )
