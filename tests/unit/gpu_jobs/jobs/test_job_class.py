"""Every type of task names a job that is there."""

from __future__ import annotations

import inspect

import pytest

from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types import SPECS
from gpu_jobs.jobs import job_class


@pytest.mark.parametrize("spec", SPECS.values())
def test_the_job_of_every_type_does_tasks_of_that_type(spec: type[TaskSpec]) -> None:
    job = job_class(spec)
    assert sum(stage.weight for stage in job.stages) > 0
    assert list(inspect.signature(job).parameters) == ["settings"]
    assert spec.__name__ in inspect.get_annotations(job.run)["spec"]
