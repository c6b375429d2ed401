"""Task types that the API records but that no engine of this version can carry out."""

from __future__ import annotations

from typing import ClassVar

from dh_core.errors import UnsupportedTask
from dh_core.specs import TaskSpec
from gpu_jobs.job import JobContext, JobOutput, Stage


class UnavailableJob:
    """Fails every task with `task_type_unavailable`."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("refuse", 1),)

    def setup(self) -> None:
        """There is nothing to load."""

    def run(self, spec: TaskSpec, context: JobContext) -> JobOutput:
        raise UnsupportedTask
