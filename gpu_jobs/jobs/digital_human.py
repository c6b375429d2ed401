"""The person of a video speaks: a text in (close to) their voice, or a recorded speech."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from dh_core.errors import (
    MediaTooLong,
    NoAudioStream,
    ReferenceTooShort,
    SilentAudio,
)
from dh_core.limits import MAX_SPEECH_SECONDS
from dh_core.settings import JobSettings
from dh_core.specs import DigitalHumanSpec
from gpu_jobs.engines import lipsync as lipsync_engines
from gpu_jobs.engines import speech as speech_engines
from gpu_jobs.engines.speech.delivery import Delivery
from gpu_jobs.job import JobContext, JobOutput, OutputFile, Stage
from gpu_jobs.jobs.avatar import prepared_avatar, probe_sample
from gpu_jobs.jobs.voice import REFERENCE_SAMPLE_RATE, REFERENCE_SECONDS_USED, read_reference
from gpu_jobs.media.audio import write_wav
from gpu_jobs.media.encoder import VideoEncoder
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.media.labelling import video_label_png
from gpu_jobs.media.probe import MediaInfo, MediaLimits, probe
from gpu_jobs.timeline import Speech
from gpu_jobs.weights import WeightStore

logger = logging.getLogger(__name__)

RECORDED_SAMPLE_RATE = 24_000
SILENCE_PEAK = 10 ** (-50 / 20)
"""A recording whose loudest sample is below -50 dBFS holds no usable speech."""


@dataclass(frozen=True, slots=True)
class _Driving:
    """What is spoken: for the lips as samples, for the file as it was recorded or synthesised."""

    speech: Speech
    soundtrack: Path
    voice: str


class DigitalHumanJob:
    """Implements `gpu_jobs.job.Job` for DigitalHumanSpec."""

    stages: ClassVar[tuple[Stage, ...]] = (
        Stage("voice", 4),
        Stage("speech", 21),
        Stage("face", 35),
        Stage("lips", 40),
    )

    def __init__(self, settings: JobSettings) -> None:
        weights = WeightStore(settings.weights_dir)
        self._speech = speech_engines.load(settings.speech_engine, weights, settings.threads)
        self._lipsync = lipsync_engines.load(settings.lipsync_engine, weights, settings.threads)

    def setup(self) -> None:
        self._speech.setup()

    def run(self, spec: DigitalHumanSpec, context: JobContext) -> JobOutput:
        """Raises NoFaceFound, FaceTooSmall, NoVideoStream, UnspeakableText, SilentAudio, …"""
        if spec.speech_text is not None:
            self._speech.check(spec.speech_text, Delivery.of(spec))
        video = context.inputs["sample_video"]
        info = probe_sample(video)
        driving = (
            self._recorded(context)
            if spec.speech_text is None
            else self._synthesised(spec.speech_text, Delivery.of(spec), info, context)
        )
        target = context.workdir / "video.mp4"
        report = context.report.stage("face")
        avatar, _ = prepared_avatar(
            self._lipsync, video, context, report, face_index=spec.face_index
        )
        with avatar:
            self._render(avatar, driving, target, context)
        return JobOutput(
            files={"video": OutputFile(target, "video/mp4", ".mp4", context.label)},
            data={
                "duration": round(driving.speech.duration, 3),
                "width": avatar.width,
                "height": avatar.height,
                "fps": round(float(avatar.fps), 3),
                "voice": driving.voice,
            },
        )

    def _recorded(self, context: JobContext) -> _Driving:
        context.report.stage("speech")
        path = context.inputs["speech_audio"]
        info = probe(path, MediaLimits(max_seconds=MAX_SPEECH_SECONDS))
        if info.audio is None:
            raise NoAudioStream
        samples = read_audio(path, RECORDED_SAMPLE_RATE)
        if np.abs(samples).max(initial=0.0) < SILENCE_PEAK:
            raise SilentAudio
        return _Driving(Speech(samples, RECORDED_SAMPLE_RATE), path, "recorded")

    def _synthesised(
        self, text: str, delivery: Delivery, info: MediaInfo, context: JobContext
    ) -> _Driving:
        context.report.stage("voice")
        voice = self._voice(info, context)
        speech = self._speech.synthesise(text, voice, context.report.stage("speech"), delivery)
        if speech.duration > MAX_SPEECH_SECONDS:
            raise MediaTooLong("The text takes too long to speak; split it over several tasks.")
        soundtrack = context.workdir / "speech.wav"
        write_wav(soundtrack, speech.samples, speech.sample_rate)
        return _Driving(speech, soundtrack, voice.name)

    def _voice(self, info: MediaInfo, context: JobContext) -> Any:
        """From the voice sample; else from the video's own sound; else the default."""
        sample = context.inputs.get("sample_voice")
        if sample is not None:
            return self._speech.adapt(read_reference(sample))
        if info.audio is None:
            return self._speech.default_voice()
        sound = read_audio(
            context.inputs["sample_video"],
            REFERENCE_SAMPLE_RATE,
            max_seconds=REFERENCE_SECONDS_USED,
        )
        try:
            return self._speech.adapt(sound)
        except (ReferenceTooShort, SilentAudio):
            # Nobody asked for this voice: a sample in which nobody speaks is no mistake.
            logger.info("the video's own sound gives no voice; using the default")
            return self._speech.default_voice()

    def _render(
        self,
        avatar: lipsync_engines.Avatar,
        driving: _Driving,
        target: Path,
        context: JobContext,
    ) -> None:
        label = context.workdir / "label.png"
        label.write_bytes(video_label_png(avatar.width, avatar.height))
        report = context.report.stage("lips")
        with VideoEncoder(
            target,
            width=avatar.width,
            height=avatar.height,
            fps=avatar.fps,
            audio=driving.soundtrack,
            overlay_png=label,
        ) as encoder:
            for frame in self._lipsync.render(avatar, driving.speech, report):
                encoder.write(frame)
