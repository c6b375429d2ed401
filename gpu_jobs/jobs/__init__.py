"""Which job carries which spec. Adding a job type adds one line here."""

from __future__ import annotations

from typing import Any

from dh_core.settings import JobSettings
from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types import (
    AvatarSpec,
    ComposeSpec,
    DigitalHumanSpec,
    ExtractAudioSpec,
    TemplateEditSpec,
    TemplateSpec,
    VoiceProfileSpec,
    VoiceSpec,
)
from gpu_jobs.jobs.job import Job


def make_job(spec: TaskSpec, settings: JobSettings) -> Job[Any]:
    """A new job for specs of this kind. Engines and their libraries load only when needed."""
    # ruff: noqa: PLC0415, PLR0911 - each job brings heavy libraries of its own
    if isinstance(spec, VoiceSpec):
        from gpu_jobs.jobs.voice import VoiceJob

        return VoiceJob(settings)
    if isinstance(spec, DigitalHumanSpec):
        from gpu_jobs.jobs.digital_human import DigitalHumanJob

        return DigitalHumanJob(settings)
    if isinstance(spec, ExtractAudioSpec):
        from gpu_jobs.jobs.extract_audio import ExtractAudioJob

        return ExtractAudioJob(settings)
    if isinstance(spec, AvatarSpec):
        from gpu_jobs.jobs.avatar import AvatarJob

        return AvatarJob(settings)
    if isinstance(spec, VoiceProfileSpec):
        from gpu_jobs.jobs.voice_profile import VoiceProfileJob

        return VoiceProfileJob(settings)
    if isinstance(spec, TemplateSpec | TemplateEditSpec):
        from gpu_jobs.jobs.template import TemplateJob

        return TemplateJob(settings)
    if isinstance(spec, ComposeSpec):
        from gpu_jobs.jobs.compose import ComposeJob

        return ComposeJob(settings)
    raise TypeError(f"no job for {type(spec).__name__}")
