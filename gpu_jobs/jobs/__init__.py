"""What does the tasks: one module per type, or for several types that are alike."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dh_core.settings import JobSettings
from dh_core.specs.base import TaskSpec
from gpu_jobs.jobs.job import Job


def make_job(spec: TaskSpec, settings: JobSettings) -> Job[Any]:
    """A new job for specs of this type."""
    job: Job[Any] = job_class(type(spec))(settings)
    return job


def job_class(spec: type[TaskSpec]) -> Any:
    """Its module loads now, with the libraries that it needs."""
    module, _, name = spec.job.partition(":")
    return getattr(import_module(f"{__name__}.{module}"), name)
