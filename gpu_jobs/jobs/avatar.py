"""Preparing a person's video: once per file, ahead of time or by the first task that needs it."""

from __future__ import annotations

from typing import ClassVar

from dh_core.settings import JobSettings
from dh_core.specs.task_types.avatar import AvatarSpec
from gpu_jobs.engines.registry import LIPSYNC
from gpu_jobs.jobs.job import JobContext, JobOutput, Stage
from gpu_jobs.jobs.steps.lips.avatar import prepared_avatar, probe_sample, span_of
from gpu_jobs.weights.bucket import open_weights


class AvatarJob:
    """Implements `gpu_jobs.jobs.job.Job` for AvatarSpec."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("face", 1),)

    def __init__(self, settings: JobSettings) -> None:
        self._settings = settings

    def setup(self) -> None:
        settings = self._settings
        self._lipsync = LIPSYNC.load(
            settings.lipsync_engine, open_weights(settings), settings.threads
        )

    def run(self, spec: AvatarSpec, context: JobContext) -> JobOutput:
        """Raises NoFaceFound, FaceIndexOutOfRange, FaceTooSmall, NoVideoStream, MediaTooShort, …"""
        video = context.inputs.upload("video", spec.sample_video)
        span = span_of(spec)
        probe_sample(video, span)
        report = context.report.stage("face")
        avatar, reused = prepared_avatar(
            self._lipsync, video, context, report, face=spec.face, span=span, must_keep=True
        )
        with avatar:
            facts = {
                "width": avatar.width,
                "height": avatar.height,
                "fps": round(float(avatar.fps), 3),
                "reused": reused,
                "warnings": list(avatar.warnings),
            }
        return JobOutput(files={}, data=facts)
