"""A runner on moto's cloud that carries one given job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_core.settings import JobSettings
from gpu_jobs.job import Job
from gpu_jobs.runner import Runner
from gpu_jobs.stopping import StopSwitch
from gpu_jobs.template_library import TemplateLibrary
from gpu_jobs.voice_library import VoiceLibrary

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


def runner_of(cloud: MotoCloud, work_dir: Path, job: Job[Any]) -> Runner:
    return Runner(
        settings=JobSettings(table_name=cloud.table.name, bucket_name=cloud.media.bucket),
        work_dir=work_dir,
        tasks=cloud.tasks,
        files=cloud.files,
        media=cloud.media,
        voices=VoiceLibrary(cloud.voices, cloud.media),
        past_runs=cloud.past_runs,
        clock=cloud.clock,
        templates=TemplateLibrary(cloud.templates, cloud.media),
        make_job=lambda _: job,
        switch=StopSwitch(on_stop=lambda: None, on_overdue=lambda _: None),
    )
