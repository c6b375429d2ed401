"""A runner on moto's cloud that carries one given job."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_core.cloud.task_queue import TaskQueue
from dh_core.settings import JobSettings
from dh_core.store import GenerationLog, SampleStore
from gpu_jobs.jobs.cancellation import Shutdown
from gpu_jobs.jobs.job import Job
from gpu_jobs.runtime.job_cache import JobCache
from gpu_jobs.runtime.runner import Runner
from gpu_jobs.runtime.storage.earlier_results import EarlierResults
from gpu_jobs.runtime.storage.inputs import Inputs
from gpu_jobs.runtime.storage.results import Results
from gpu_jobs.runtime.storage.samples import Samples
from gpu_jobs.runtime.storage.template_library import TemplateLibrary
from gpu_jobs.runtime.storage.voice_library import VoiceLibrary

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


def runner_of(
    cloud: MotoCloud,
    work_dir: Path,
    job: Job[Any] | Callable[[], Job[Any]],
    queue: TaskQueue | None = None,
    **settings: Any,
) -> Runner:
    """`job` may be what makes it; `settings` are those of JobSettings that are not the default."""
    voices = VoiceLibrary(cloud.voices, cloud.media)
    templates = TemplateLibrary(cloud.templates, cloud.media)
    earlier = EarlierResults(cloud.tasks, cloud.media)
    return Runner(
        settings=JobSettings(
            table_name=cloud.table.name,
            bucket_name=cloud.media.bucket,
            **settings,
        ),
        work_dir=work_dir,
        tasks=cloud.tasks,
        inputs=Inputs(cloud.files, cloud.media, voices, templates, earlier),
        results=Results(
            cloud.tasks, cloud.media, voices, templates, GenerationLog(cloud.table, cloud.clock)
        ),
        samples=Samples(SampleStore(cloud.table), cloud.files, cloud.media, queue or TaskQueue("")),
        past_runs=cloud.past_runs,
        clock=cloud.clock,
        jobs=JobCache(lambda _: job() if callable(job) else job),
        shutdown=Shutdown(on_stop=lambda: None, on_grace_over=lambda _: None),
    )
