"""Jobs that stay loaded from one task of a worker to the next."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable
from typing import Any

from dh_core.specs.base import TaskSpec
from gpu_jobs.jobs.job import Job

logger = logging.getLogger(__name__)

JobFactory = Callable[[TaskSpec], Job[Any]]


class JobCache:
    """The jobs of the kinds of work done last, `most` of them; `make` gives a new one for a spec.

    Every job holds its own models, so `most` bounds the worker's memory: with 1 it never holds
    more than a worker that carries a single task.
    """

    def __init__(self, make: JobFactory, most: int = 1) -> None:
        self._make = make
        self._most = most
        # In the order of their last use.
        self._jobs: dict[type[TaskSpec], Job[Any]] = {}

    def holds(self, spec: TaskSpec) -> bool:
        """Whether the job for this spec is loaded already."""
        return type(spec) in self._jobs

    def set_up(self, spec: TaskSpec) -> Job[Any]:
        """The job for specs of this kind, its models loaded: a kept one, or else a new one."""
        kind = type(spec)
        job = self._jobs.pop(kind, None)
        if job is None:
            # Room first: the old models and the new ones may not fit side by side.
            while len(self._jobs) >= self._most:
                self._forget(next(iter(self._jobs)))
            started = time.monotonic()
            job = self._make(spec)
            job.setup()
            logger.info("models loaded: %s, %.1f s", kind.__name__, time.monotonic() - started)
        self._jobs[kind] = job
        return job

    def forget(self, spec: TaskSpec) -> None:
        """Let the spec's job go; the next spec of its kind gets a new one."""
        self._forget(type(spec))

    def _forget(self, kind: type[TaskSpec]) -> None:
        if self._jobs.pop(kind, None) is not None:
            logger.info("models released: %s", kind.__name__)
            # Sessions and graphs refer to each other; their memory is wanted now.
            gc.collect()
