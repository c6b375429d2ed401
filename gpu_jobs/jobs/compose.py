"""The person of a template speaks, under its title, with subtitles and music if asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

from dh_core.errors import TemplateMissing
from dh_core.settings import JobSettings
from dh_core.specs.task_types.compose import ComposeSpec
from gpu_jobs.audio.speech import TimedText
from gpu_jobs.engines.registry import PORTRAIT
from gpu_jobs.jobs.job import JobContext, JobOutput, OutputFile, Stage, StageReport
from gpu_jobs.jobs.steps.film import Frame, speaking, standing
from gpu_jobs.jobs.steps.film_facts import film_facts
from gpu_jobs.jobs.steps.music import soundtrack
from gpu_jobs.jobs.steps.speech import SpokenPart, SpokenParts
from gpu_jobs.jobs.steps.speech_files import subtitle_files
from gpu_jobs.jobs.steps.stills import Stills
from gpu_jobs.jobs.steps.subtitle_words import subtitle_words
from gpu_jobs.jobs.steps.template_scene import scene_of
from gpu_jobs.jobs.steps.transcription import Listener
from gpu_jobs.media.pictures.decoder import Picture, open_picture
from gpu_jobs.media.pictures.overlay import Overlay
from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.media.subtitles.burner import FaceSpan, SubtitleBurner, lettering
from gpu_jobs.media.subtitles.captions import to_cues
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.scene import Scene
from gpu_jobs.scene.framing import output_size
from gpu_jobs.scene.logo import logo_overlay
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
        target, stills = context.workdir / "video.mp4", Stills.of(spec, context.workdir)
        logo = None
        if spec.logo is not None:
            logo = open_picture(context.inputs.upload("image", spec.logo))
        film = _Film(scene, spoken, shown.words, sound, logo, stills)
        self._film(spec, film, target, context.report.stage("video"))
        return JobOutput(
            files={
                "video": OutputFile(target, "video/mp4", ".mp4", context.label),
                **stills.files(context),
                **subtitle_files(shown.words, spoken.duration, context.workdir),
            },
            data={
                **film_facts(target),
                "voice": spoken.voice,
                "template_id": spec.template_id,
                "warnings": [*spoken.warnings, *shown.warnings, *music_warnings],
            },
        )

    def _film(self, spec: ComposeSpec, film: _Film, target: Path, report: StageReport) -> None:
        scene, spoken = film.scene, film.spoken
        width, height = scene.size
        fps = FPS if spec.fps is None else Fraction(spec.fps)
        cues = to_cues(film.words, spoken.duration) if spec.subtitles else []
        face = FaceSpan(scene.face.y, scene.face.bottom + JAW_DROP * scene.face.height)
        burner = SubtitleBurner(cues, width, height, face, lettering(spec.subtitle_style))
        logo = film.logo_of(spec)
        count = math.ceil(spoken.duration * fps)
        frames: Iterator[Frame]
        if spec.animate:
            moving = self._portrait.animate(
                scene.figure, scene.backdrop, spoken.speech, fps, report
            )
            frames = speaking(scene, moving, burner, fps, logo)
        else:
            frames = standing(scene, count, burner, fps, report, logo)
        film.stills.prepare(fps, count)
        with VideoEncoder(
            target,
            width=width,
            height=height,
            fps=fps,
            audio=film.sound,
            output=output_size(scene.size, spec.resolution, None),
        ) as encoder:
            for number, frame in enumerate(frames):
                film.stills.see(frame, number)
                encoder.write(frame)


@dataclass(frozen=True, slots=True)
class _Film:
    """What is shown and heard; `logo`: as it was uploaded."""

    scene: Scene
    spoken: SpokenPart
    words: Sequence[TimedText]
    sound: Path
    logo: Picture | None
    stills: Stills

    def logo_of(self, spec: ComposeSpec) -> list[Overlay]:
        """The logo in its corner of the scene, if there is one."""
        if self.logo is None:
            return []
        taken, label = Rectangle(0, 0, 0, 0), self.scene.label
        if label is not None:
            height, width = label.pixels.shape[:2]
            taken = Rectangle(label.x, label.y, width, height)
        size, place = spec.logo_size, spec.logo_position
        return [logo_overlay(self.logo, place, size, self.scene.size, taken)]
