from __future__ import annotations

import gc
import weakref
from typing import ClassVar

import pytest

from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.specs.task_types.voice import VoiceSpec
from gpu_jobs.jobs.job import JobContext, JobOutput, Stage
from gpu_jobs.runtime.job_cache import JobCache

HELLO, BYE = VoiceSpec(text="你好"), VoiceSpec(text="再见")
SOUND = ExtractAudioSpec(video_file="a.mp4")


class CountingJob:
    """Counts how often its models are loaded."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("work", 1),)

    def __init__(self) -> None:
        self.loads = 0

    def setup(self) -> None:
        self.loads += 1

    def run(self, spec: TaskSpec, context: JobContext) -> JobOutput:
        raise AssertionError("keeping a job is not running it")


class Made:
    """What a factory made, without keeping it alive."""

    def __init__(self) -> None:
        self.jobs: list[weakref.ref[CountingJob]] = []

    def __call__(self, spec: TaskSpec) -> CountingJob:
        job = CountingJob()
        self.jobs.append(weakref.ref(job))
        return job

    @property
    def alive(self) -> int:
        gc.collect()
        return sum(job() is not None for job in self.jobs)


def test_the_second_task_of_a_kind_finds_its_models_loaded() -> None:
    kept = JobCache(Made())
    kept.set_up(HELLO)
    kept.set_up(BYE)
    job = kept.set_up(HELLO)
    assert isinstance(job, CountingJob)
    assert job.loads == 1


def test_never_more_jobs_are_held_than_allowed_and_the_oldest_goes_first() -> None:
    made = Made()
    kept = JobCache(made, most=1)
    kept.set_up(HELLO)
    kept.set_up(SOUND)
    assert made.alive == 1
    kept.set_up(HELLO)
    assert (len(made.jobs), made.alive) == (3, 1)


def test_two_kinds_may_stay_loaded_side_by_side() -> None:
    made = Made()
    kept = JobCache(made, most=2)
    for spec in (HELLO, SOUND, BYE, SOUND):
        kept.set_up(spec)
    assert (len(made.jobs), made.alive) == (2, 2)


def test_models_that_did_not_load_are_loaded_again_for_the_next_task() -> None:
    class BrokenAtFirst(CountingJob):
        def setup(self) -> None:
            super().setup()
            if self.loads == 1:
                raise OSError("the disk is slow")

    job = BrokenAtFirst()
    kept = JobCache(lambda _: job)
    with pytest.raises(OSError, match="slow"):
        kept.set_up(HELLO)
    kept.set_up(BYE)
    assert job.loads == 2


def test_a_forgotten_job_is_made_anew() -> None:
    made = Made()
    kept = JobCache(made)
    kept.set_up(HELLO)
    kept.forget(HELLO)
    assert made.alive == 0
    kept.set_up(HELLO)
    assert len(made.jobs) == 2
