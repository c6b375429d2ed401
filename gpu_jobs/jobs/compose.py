"""The person of a template speaks, under its title, with subtitles and music if asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

from dh_core.errors import TemplateMissing
from dh_core.settings import JobSettings
from dh_core.specs.task_types.compose import ComposeSpec
from gpu_jobs.audio.speech import TimedText
from gpu_jobs.engines.registry import PORTRAIT
from gpu_jobs.jobs.job import JobContext, JobOutput, OutputFile, Stage
from gpu_jobs.jobs.steps import film
from gpu_jobs.jobs.steps.film_facts import film_facts
from gpu_jobs.jobs.steps.music import soundtrack
from gpu_jobs.jobs.steps.speech import SpokenPart, SpokenParts
from gpu_jobs.jobs.steps.speech_files import subtitle_files
from gpu_jobs.jobs.steps.subtitle_words import subtitle_words
from gpu_jobs.jobs.steps.template_scene import scene_of
from gpu_jobs.jobs.steps.transcription import Listener
from gpu_jobs.media.subtitles.burner import FaceSpan, SubtitleBurner
from gpu_jobs.media.subtitles.captions import to_cues
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.scene import Scene
from gpu_jobs.weights.bucket import open_weights

FPS = Fraction(25)
JAW_DROP = 0.06
"""Part of a face's height by which its chin sinks as the mouth opens widely."""


class ComposeJob:
    """Implements `gpu_jobs.jobs.job.Job` for ComposeSpec."""

    stages: ClassVar[tuple[Stage, ...]] = (
        Stage("speech", 20),
        Stage("subtitles", 10),
        Stage("music", 5),
        Stage("video", 65),
    )

    def __init__(self, settings: JobSettings) -> None:
        self._settings = settings

    def setup(self) -> None:
        """The speech engine loads with the first text: a recording needs none."""
        settings, weights = self._settings, open_weights(self._settings)
        self._listener = Listener(weights, settings.threads)
        self._spoken = SpokenParts(settings, weights, self._listener)
        self._portrait = PORTRAIT.load(settings.portrait_engine, weights, settings.threads)

    def run(self, spec: ComposeSpec, context: JobContext) -> JobOutput:
        """Raises SilentAudio, NoAudioStream, MediaTooLong, TemplateMissing, NoFaceFound, …"""
        template = context.inputs.template
        if template is None:
            raise TemplateMissing
        spoken = self._spoken.of(spec, context)
        shown = subtitle_words(spec, spoken, self._listener, context.report.stage("subtitles"))
        if spec.background_music is not None:
            context.report.stage("music")
        sound, music_warnings = soundtrack(spec, spoken, context)
        scene = scene_of(template)
        if not context.label_is_shown:
            scene = replace(scene, label=None)
        target = context.workdir / "video.mp4"
        self._film(spec, scene, spoken, shown.words, sound, target, context)
        return JobOutput(
            files={
                "video": OutputFile(target, "video/mp4", ".mp4", context.label),
                **subtitle_files(shown.words, spoken.duration, context.workdir),
            },
            data={
                **film_facts(target),
                "voice": spoken.voice,
                "template_id": spec.template_id,
                "warnings": [*spoken.warnings, *shown.warnings, *music_warnings],
            },
        )

    def _film(
        self,
        spec: ComposeSpec,
        scene: Scene,
        spoken: SpokenPart,
        words: Sequence[TimedText],
        sound: Path,
        target: Path,
        context: JobContext,
    ) -> None:
        width, height = scene.size
        cues = to_cues(words, spoken.duration) if spec.subtitles else []
        face = FaceSpan(scene.face.y, scene.face.bottom + JAW_DROP * scene.face.height)
        burner = SubtitleBurner(cues, width, height, face)
        report = context.report.stage("video")
        count = math.ceil(spoken.duration * FPS)
        frames: Iterator[film.Frame]
        if spec.animate:
            moving = self._portrait.animate(
                scene.figure, scene.backdrop, spoken.speech, FPS, report
            )
            frames = film.speaking(scene, moving, burner, FPS)
        else:
            frames = film.standing(scene, count, burner, FPS, report)
        with VideoEncoder(
            target,
            width=width,
            height=height,
            fps=FPS,
            audio=sound,
            planar=not spec.animate,
        ) as encoder:
            for frame in frames:
                encoder.write(frame)
