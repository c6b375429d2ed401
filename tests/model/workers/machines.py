"""Machines of Batch: the real worker, runner and helper, with work of the model's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.cloud.messages import TaskWaiting
from dh_core.settings import JobSettings
from dh_core.store import (
    FileStore,
    GenerationLog,
    PastRunStore,
    SampleStore,
    SegmentStore,
    TaskStore,
    TemplateStore,
    VoiceStore,
)
from dh_core.tasks.waiting_queue import WaitingQueue
from gpu_jobs.fanout.coordinator import FanOut
from gpu_jobs.fanout.helper import Help
from gpu_jobs.jobs.cancellation import Shutdown
from gpu_jobs.runtime.job_cache import JobCache
from gpu_jobs.runtime.runner import Outcome, Runner
from gpu_jobs.runtime.storage.earlier_results import EarlierResults
from gpu_jobs.runtime.storage.inputs import Inputs
from gpu_jobs.runtime.storage.results import Results
from gpu_jobs.runtime.storage.samples import Samples
from gpu_jobs.runtime.storage.template_library import TemplateLibrary
from gpu_jobs.runtime.storage.voice_library import VoiceLibrary
from gpu_jobs.runtime.worker import Worker
from tests.model.cloud.batch import BatchJob
from tests.model.judging.watch import Broken
from tests.model.settings import KEEP_ALIVE, WAITING_QUEUES
from tests.model.workers.processes import Process
from tests.model.workers.work import Ending, Helper, Work

if TYPE_CHECKING:
    from tests.model.world import World

JOB_TIMEOUT_SECONDS = 7200


class _Queue(WaitingQueue):
    """Of a worker whose time passes only while it waits for a message."""

    waited = 0.0

    def take(self, wait_seconds: float) -> TaskWaiting | None:
        task = super().take(wait_seconds)
        if task is None:
            self.waited += wait_seconds
        return task


def start(world: World, job: BatchJob, ending: Ending, calls: int | None) -> None:
    """Give a waiting job a machine."""
    world.batch.begin(job)
    shutdown = Shutdown(on_stop=lambda: None, on_grace_over=lambda _: None)
    is_help = "assisted_task" in job.parameters
    run = _helper(world, job, shutdown) if is_help else _worker(world, job, shutdown, ending)
    world.scheduler.start(
        f"{job.job_id} run {job.run}",
        Machine(job, shutdown, run),
        dies_at=world.clock.now + JOB_TIMEOUT_SECONDS,
        calls=calls,
        ended=lambda process: _exited(world, job, process),
    )


@dataclass
class Machine:
    """The body of a container's process. `lost`: the machine went under it, and took it along."""

    job: BatchJob
    shutdown: Shutdown
    run: Callable[[], Outcome | Help]
    lost: str = ""

    def __call__(self) -> Outcome | Help:
        return self.run()


def _settings(job: BatchJob) -> JobSettings:
    return JobSettings(
        table_name="table",
        bucket_name="bucket",
        task_queue_url="tasks",
        aws_batch_job_attempt=job.run,
        **KEEP_ALIVE,
    )


def _worker(
    world: World, job: BatchJob, shutdown: Shutdown, ending: Ending
) -> Callable[[], Outcome]:
    """What `gpu_jobs.__main__` builds for `run`."""
    table, clock, media = world.table, world.clock, world.media
    tasks, files = TaskStore(table, clock), FileStore(table, clock)
    voices = VoiceLibrary(VoiceStore(table, clock), media)
    templates = TemplateLibrary(TemplateStore(table, clock), media)
    runner = Runner(
        settings=_settings(job),
        work_dir=world.work_dir,
        tasks=tasks,
        inputs=Inputs(files, media, voices, templates, EarlierResults(tasks, media)),
        results=Results(tasks, media, voices, templates, GenerationLog(table, clock)),
        samples=Samples(SampleStore(table), files, media, world.queue),
        past_runs=PastRunStore(table, clock),
        jobs=JobCache(lambda spec: Work(world, ending)),
        shutdown=shutdown,
        fan_out=FanOut(5.0, SegmentStore(table, clock), tasks, media, world.queue),
        clock=clock,
    )
    waiting = _Queue(WAITING_QUEUES["speaking"], world.sqs)
    worker = Worker(
        runner, world.queue, lambda _: waiting, clock=lambda: waiting.waited, started=0.0
    )
    parameters = job.parameters
    return lambda: worker.run(parameters["task_id"], int(parameters["attempt"]))


def _helper(world: World, job: BatchJob, shutdown: Shutdown) -> Callable[[], Help]:
    """What `gpu_jobs.__main__` builds for `assist`."""
    helper = Helper(
        settings=_settings(job),
        work_dir=world.work_dir,
        tasks=TaskStore(world.table, world.clock),
        segments=SegmentStore(world.table, world.clock),
        media=world.media,
        make_engine=_no_engine,
        shutdown=shutdown,
    )
    parameters = job.parameters
    return lambda: helper.run(parameters["assisted_task"], int(parameters["assisted_attempt"]))


def _no_engine() -> Any:
    raise AssertionError("the model's helpers need no engine")


def machines(world: World) -> list[tuple[Process, Machine]]:
    """The containers that run, and their processes."""
    return [(p, p.body) for p in world.scheduler.held() if isinstance(p.body, Machine)]


def _exited(world: World, job: BatchJob, process: Process) -> None:
    """Tell Batch of a container that is gone."""
    assert isinstance(process.body, Machine)
    lost = process.body.lost
    if process.killed:
        world.batch.stop(job, "FAILED", lost, retry=lost.startswith("Host EC2"))
    elif process.error is not None:
        expect_cloud_trouble(world, process)
        world.batch.stop(job, "FAILED", "Essential container in task exited", retry=False)
    else:
        again = process.result in (Outcome.UNFINISHED, Help.INTERRUPTED)
        failed = again or process.result is Outcome.FAILED
        status = "FAILED" if failed else "SUCCEEDED"
        world.batch.stop(job, status, "Essential container in task exited", retry=again)


def expect_cloud_trouble(world: World, process: Process) -> None:
    """A process may die of a fault that was put in its way, and of nothing else."""
    error = process.error
    if not (isinstance(error, CLOUD_ERRORS) and process.met_a_fault):
        raise Broken(f"{process.name} died of {error!r}") from error
