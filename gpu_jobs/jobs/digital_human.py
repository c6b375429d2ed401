"""The person of a video speaks: a text in (close to) their voice, or a recorded speech."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from dh_core.errors import (
    NoAudioStream,
    ReferenceTooShort,
    SilentAudio,
    UnreadableMedia,
    UnsupportedSound,
)
from dh_core.limits import MAX_SAMPLE_VIDEO_SECONDS
from dh_core.settings import JobSettings
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from gpu_jobs.audio.speech import TimedText
from gpu_jobs.engines.registry import LIPSYNC, SPEECH
from gpu_jobs.engines.speech.prosody import Prosody
from gpu_jobs.jobs.job import JobContext, JobOutput, OutputFile, Stage, StageReport
from gpu_jobs.jobs.steps.film_facts import film_facts
from gpu_jobs.jobs.steps.lips.avatar import prepared_avatar, probe_sample
from gpu_jobs.jobs.steps.lips.early_avatar import EarlyAvatar
from gpu_jobs.jobs.steps.lips.film import make_film
from gpu_jobs.jobs.steps.music import soundtrack
from gpu_jobs.jobs.steps.speech import SpokenPart, existing
from gpu_jobs.jobs.steps.speech_files import subtitle_files
from gpu_jobs.jobs.steps.transcription import Listener, SubtitlesUnavailable
from gpu_jobs.jobs.steps.voice_choice import ChosenVoice, VoiceChoice
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.weights.bucket import open_weights

logger = logging.getLogger(__name__)


NO_VOICE_OF_ITS_OWN = (
    *(NoAudioStream, ReferenceTooShort, SilentAudio),
    *(UnreadableMedia, UnsupportedSound),
)


@dataclass(frozen=True, slots=True)
class _Driving:
    """What is spoken, the words of its subtitles, and what the result says of the voice."""

    spoken: SpokenPart
    words: tuple[TimedText, ...] = ()
    warnings: tuple[str, ...] = ()
    data: Mapping[str, str | list[str]] = field(default_factory=dict)


class DigitalHumanJob:
    """Implements `gpu_jobs.jobs.job.Job` for DigitalHumanSpec."""

    stages: ClassVar[tuple[Stage, ...]] = (
        Stage("voice", 4),
        Stage("speech", 21),
        Stage("face", 35),
        Stage("lips", 40),
    )

    def __init__(self, settings: JobSettings) -> None:
        self._settings = settings

    def setup(self) -> None:
        settings, weights = self._settings, open_weights(self._settings)
        self._speech = SPEECH.load(settings.speech_engine, weights, settings.threads)
        self._listener = Listener(weights, settings.threads)
        self._voices = VoiceChoice(self._speech, self._listener, weights)
        self._lipsync = LIPSYNC.load(settings.lipsync_engine, weights, settings.threads)

    def run(self, spec: DigitalHumanSpec, context: JobContext) -> JobOutput:
        """Raises NoFaceFound, FaceTooSmall, NoVideoStream, UnspeakableText, SilentAudio, …"""
        if spec.speech_text is not None:
            self._speech.check(spec.script.text, Prosody.of(spec))
        video = context.inputs.upload("video", spec.sample_video)
        probe_sample(video)
        target = context.workdir / "video.mp4"

        def prepare(report: StageReport) -> Any:
            avatar, _ = prepared_avatar(self._lipsync, video, context, report, face=spec.face)
            return avatar

        with EarlyAvatar(prepare, beside=not self._settings.gpu_count) as early:
            driving = (
                self._recorded(spec, context)
                if spec.is_recorded
                else self._synthesised(spec, context, early)
            )
            spoken = driving.spoken
            sound, music_warnings = soundtrack(spec, spoken, context)
            avatar = early.take(context.report.stage("face"))
        with avatar:
            make_film(self._lipsync, avatar, spoken.speech, sound, target, context)
            warnings = [*driving.warnings, *music_warnings, *avatar.warnings]
        return JobOutput(
            files={
                "video": OutputFile(target, "video/mp4", ".mp4", context.label),
                **subtitle_files(driving.words, spoken.duration, context.workdir),
            },
            data={
                **film_facts(target),
                "voice": spoken.voice,
                **driving.data,
                "warnings": warnings,
            },
        )

    def _recorded(self, spec: DigitalHumanSpec, context: JobContext) -> _Driving:
        report = context.report.stage("speech")
        spoken = existing(spec, spec.speech_audio, context)
        if spoken.speech.words or not spec.subtitles:
            return _Driving(spoken, spoken.speech.words)
        try:
            words = self._listener.words(spoken.sound, spoken.duration, report)
        except SubtitlesUnavailable as warning:
            return _Driving(spoken, warnings=(warning.error_code,))
        return _Driving(spoken, words)

    def _synthesised(
        self, spec: DigitalHumanSpec, context: JobContext, early: EarlyAvatar[Any]
    ) -> _Driving:
        chosen = self._voice(spec, context, context.report.stage("voice"))
        report = early.watched(context.report.stage("speech"))
        speech = self._speech.synthesise(spec.script.text, chosen.voice, report, Prosody.of(spec))
        sound = context.workdir / "speech.wav"
        write_wav(sound, speech.samples, speech.sample_rate)
        warnings = (*chosen.warnings, *speech.warnings)
        spoken = SpokenPart(speech, sound, chosen.voice.name)
        return _Driving(spoken, speech.words, warnings, chosen.data)

    def _voice(
        self, spec: DigitalHumanSpec, context: JobContext, report: StageReport
    ) -> ChosenVoice[Any]:
        """Of the library; from the voice sample; from the video's own sound; else the default."""
        if spec.voice_id is not None:
            return self._voices.of_library(spec.voice_id, context.inputs.voice_profile)
        sample = context.inputs.upload("audio", spec.sample_voice)
        if sample is not None:
            return self._voices.of_recording(sample, report, context)
        try:
            return self._voices.of_recording(
                context.inputs.upload("video", spec.sample_video),
                report,
                context,
                max_seconds=MAX_SAMPLE_VIDEO_SECONDS,
            )
        except NO_VOICE_OF_ITS_OWN:
            # Nobody asked for this voice: a sample in which nobody speaks is no mistake.
            logger.info("the video's own sound gives no voice; using the default")
            return self._voices.default()
