"""The person of a video speaks: a text in (close to) their voice, or a recorded speech."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from dh_core.errors import (
    NoAudioStream,
    ReferenceTooShort,
    SilentAudio,
    UnreadableMedia,
    UnsupportedSound,
)
from dh_core.files.formats import MIME_TYPES
from dh_core.limits import MAX_SAMPLE_VIDEO_SECONDS
from dh_core.settings import JobSettings
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from gpu_jobs.audio.speech import Said
from gpu_jobs.engines.lipsync import frames_of
from gpu_jobs.engines.registry import LIPSYNC, SPEECH
from gpu_jobs.engines.speech import SpeechEngine
from gpu_jobs.engines.speech.prosody import Prosody
from gpu_jobs.jobs.job import JobContext, JobOutput, OutputFile, Stage, StageReport
from gpu_jobs.jobs.steps.film_facts import film_facts
from gpu_jobs.jobs.steps.lips.avatar import prepared_avatar, probe_sample, span_of
from gpu_jobs.jobs.steps.lips.early_avatar import EarlyAvatar
from gpu_jobs.jobs.steps.lips.film import film_silently
from gpu_jobs.jobs.steps.lips.film_preview import FilmPreview
from gpu_jobs.jobs.steps.lips.finish import Look
from gpu_jobs.jobs.steps.music import soundtrack
from gpu_jobs.jobs.steps.speech import SpokenPart, existing
from gpu_jobs.jobs.steps.speech_files import subtitle_files
from gpu_jobs.jobs.steps.transcription import Listener, SubtitlesUnavailable
from gpu_jobs.jobs.steps.voice_choice import ChosenVoice, VoiceChoice
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.ahead import ahead
from gpu_jobs.media.video.joining import add_sound
from gpu_jobs.weights.bucket import open_weights

logger = logging.getLogger(__name__)


NO_VOICE_OF_ITS_OWN = (
    *(NoAudioStream, ReferenceTooShort, SilentAudio),
    *(UnreadableMedia, UnsupportedSound),
)


SENTENCES_AHEAD = 8
"""Spoken before they are drawn: about as many as while an unknown clip is tracked."""
SPEECH_CUT_WARNING = "speech_cut"


@dataclass(frozen=True, slots=True)
class _Driving:
    """What is spoken, and what the result says of the voice.

    `sound`, as it was recorded or synthesised, is there once the last of `sentences` is.
    """

    sentences: Iterator[Said]
    sound: Path
    voice: str
    warnings: tuple[str, ...] = ()
    data: Mapping[str, str | list[str]] = field(default_factory=dict)


class DigitalHumanJob:
    """Implements `gpu_jobs.jobs.job.Job` for DigitalHumanSpec."""

    stages: ClassVar[tuple[Stage, ...]] = (
        Stage("voice", 4),
        Stage("speech", 6),
        Stage("face", 35),
        Stage("lips", 55),
    )

    def __init__(self, settings: JobSettings) -> None:
        self._settings = settings

    def setup(self) -> None:
        settings = self._settings
        self._weights = weights = open_weights(settings)
        self._listener = Listener(weights, settings.threads)
        self._lipsync = LIPSYNC.load(settings.lipsync_engine, weights, settings.threads)
        if settings.gpu_count:
            _ = self._speech

    @cached_property
    def _speech(self) -> SpeechEngine[Any]:
        """Loaded by the first text: that takes seconds, in which a clip can be tracked."""
        settings = self._settings
        return SPEECH.load(settings.speech_engine, self._weights, settings.threads)

    @cached_property
    def _voices(self) -> VoiceChoice[Any]:
        return VoiceChoice(self._speech, self._listener, self._weights)

    def run(self, spec: DigitalHumanSpec, context: JobContext) -> JobOutput:
        """Raises NoFaceFound, FaceTooSmall, NoVideoStream, UnspeakableText, SilentAudio, …"""
        video = context.inputs.upload("video", spec.sample_video)
        span = span_of(spec)
        probe_sample(video, span)
        look = Look.of(spec, self._weights, self._settings.threads, context)
        target = context.workdir / f"video.{spec.container}"

        def prepare(report: StageReport) -> Any:
            avatar, _ = prepared_avatar(
                self._lipsync, video, context, report, face=spec.face, span=span
            )
            return avatar.played(spec.length_fit)

        pictures = context.workdir / f"pictures.{spec.container}"
        with ExitStack() as beside:
            early = beside.enter_context(EarlyAvatar(prepare, beside=not self._settings.gpu_count))
            driving = (
                self._recorded(spec, context)
                if spec.is_recorded
                else self._synthesised(spec, context)
            )
            sentences = beside.enter_context(ahead(driving.sentences, SENTENCES_AHEAD))
            first = next(sentences)
            avatar = beside.enter_context(early.take(context.report.stage("face")))
            sentences = itertools.chain([first], sentences)
            preview = None
            if context.preview is not None and spec.container == "mp4":
                fps = avatar.fps if look is None else look.fps(avatar)
                preview = beside.enter_context(FilmPreview(pictures, fps, context.preview))
            most = avatar.frame_count if spec.length_fit == "trim" else None
            speech = film_silently(
                self._lipsync, avatar, sentences, pictures, context, most, preview, look
            )
            if preview is not None:
                preview.ended()
            count = frames_of(speech, avatar.fps)
            seconds = min(count, most or count) / avatar.fps
            spoken = SpokenPart(speech, driving.sound, driving.voice)
            sound, music_warnings = soundtrack(spec, spoken, context)
            add_sound(pictures, sound, seconds, target, context.label)
        warnings = [*driving.warnings, *speech.warnings, *music_warnings, *avatar.warnings]
        if most is not None and most < count:
            warnings.append(SPEECH_CUT_WARNING)
        return JobOutput(
            files={
                "video": OutputFile(
                    target, MIME_TYPES[spec.container][1], target.suffix, context.label
                ),
                **(look.stills.files(context) if look is not None else {}),
                **subtitle_files(
                    speech.words, min(speech.duration, float(seconds)), context.workdir
                ),
            },
            data={
                **film_facts(target),
                "voice": driving.voice,
                **driving.data,
                "warnings": warnings,
            },
        )

    def _recorded(self, spec: DigitalHumanSpec, context: JobContext) -> _Driving:
        report = context.report.stage("speech")
        spoken = existing(spec, spec.speech_audio, context)
        speech = spoken.speech
        if (spec.subtitles or spec.burn_subtitles) and not speech.words:
            try:
                words = self._listener.words(spoken.sound, spoken.duration, report)
            except SubtitlesUnavailable as warning:
                speech = replace(speech, warnings=(warning.error_code,))
            else:
                speech = replace(speech, words=words)
        return _Driving(iter([Said(speech)]), spoken.sound, spoken.voice)

    def _synthesised(self, spec: DigitalHumanSpec, context: JobContext) -> _Driving:
        report = context.report.stage("voice")
        text, prosody = spec.script.text, Prosody.of(spec)
        self._speech.check(text, prosody)
        chosen = self._voice(spec, context, report)
        context.report.stage("speech")
        sound = context.workdir / "speech.wav"

        def sentences() -> Iterator[Said]:
            for said in self._speech.narrate(text, chosen.voice, prosody):
                if said.whole:
                    write_wav(sound, said.speech.samples, said.speech.sample_rate)
                yield said

        return _Driving(sentences(), sound, chosen.voice.name, chosen.warnings, chosen.data)

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
                part=(spec.start_time, spec.end_time),
            )
        except NO_VOICE_OF_ITS_OWN:
            # Nobody asked for this voice: a sample in which nobody speaks is no mistake.
            logger.info("the video's own sound gives no voice; using the default")
            return self._voices.default()
