"""Machines of Batch: the real worker and runner, carrying work that a rule decides the end of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from dh_core.cloud_errors import CLOUD_ERRORS
from dh_core.errors import NoFaceFound, TransientError
from dh_core.settings import JobSettings
from dh_core.specs import TemplateEditSpec, TemplateSpec, VoiceProfileSpec
from dh_core.store import FileStore, PastRunStore, TaskStore, TemplateStore, VoiceStore
from dh_core.waiting_queue import Hint, WaitingQueue
from gpu_jobs import runner as runner_module
from gpu_jobs.earlier_results import EarlierResults
from gpu_jobs.heartbeat import Heartbeat
from gpu_jobs.inputs import Inputs
from gpu_jobs.job import JobContext, JobOutput, LearntVoice, MadeTemplate, OutputFile, Stage
from gpu_jobs.kept_jobs import KeptJobs
from gpu_jobs.results import Results
from gpu_jobs.runner import Outcome, Runner
from gpu_jobs.stopping import Shutdown
from gpu_jobs.template_library import TemplateLibrary
from gpu_jobs.voice_library import VoiceLibrary
from gpu_jobs.worker import Worker
from tests.model.batch import BatchJob
from tests.model.processes import Process
from tests.model.settings import LINGERING
from tests.model.watch import Broken

if TYPE_CHECKING:
    from tests.model.world import World

JOB_TIMEOUT_SECONDS = 7200


class Ending(StrEnum):
    """How the work of a job ends, if nothing comes between."""

    GOOD = "good"
    BAD_INPUT = "bad input"
    PASSING_FAULT = "passing fault"
    BUG = "bug"


_ERRORS: dict[Ending, type[Exception]] = {
    Ending.BAD_INPUT: NoFaceFound,
    Ending.PASSING_FAULT: TransientError,
    Ending.BUG: ZeroDivisionError,
}


class SteppedHeartbeat(Heartbeat):
    """Beats when the work says so, not when a thread wakes up: a beat is a step like any other."""

    now: ClassVar[dict[Process | None, SteppedHeartbeat]] = {}
    world: ClassVar[World]

    class _Once:
        """Stands for the event that a real heartbeat waits for: it lets one beat through."""

        def __init__(self) -> None:
            self._waits = iter((False, True))

        def wait(self, _: float) -> bool:
            return next(self._waits)

    def __enter__(self) -> Self:
        self.now[self.world.scheduler.current] = self
        return self

    def __exit__(self, *_: object) -> None:
        self.now.pop(self.world.scheduler.current, None)

    def beat(self) -> None:
        self._done = self._Once()  # type: ignore[assignment]  # all that the loop asks of an event
        self._beat()


@contextmanager
def stepped_heartbeats(world: World) -> Iterator[None]:
    """In this block the runner's heart beats in steps."""
    before = runner_module.Heartbeat
    SteppedHeartbeat.world = world
    SteppedHeartbeat.now.clear()
    runner_module.Heartbeat = SteppedHeartbeat  # type: ignore[misc]  # its only user
    try:
        yield
    finally:
        runner_module.Heartbeat = before  # type: ignore[misc]  # as above


class Work:
    """The job of any spec: two beats, and small files of the right kinds."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("work", 1),)

    def __init__(self, world: World, ending: Ending) -> None:
        self._world = world
        self._ending = ending

    def setup(self) -> None:
        """Nothing to load."""

    def run(self, spec: Any, context: JobContext) -> JobOutput:
        report = context.report.stage("work")
        self._beat()
        report(0.5)
        if self._ending is not Ending.GOOD:
            raise _ERRORS[self._ending]
        output = _made_for(spec, context)
        self._beat()
        report(1.0)
        return output

    def _beat(self) -> None:
        SteppedHeartbeat.now[self._world.scheduler.current].beat()


def _made_for(spec: Any, context: JobContext) -> JobOutput:
    def file(name: str, content_type: str) -> OutputFile:
        path = context.workdir / name
        path.write_text("made")
        return OutputFile(path, content_type, path.suffix, label=None)

    if isinstance(spec, VoiceProfileSpec):
        profile = file("profile.bin", "application/octet-stream").path
        voice = LearntVoice(spec.name, "model-1", profile, file("sample.mp3", "audio/mpeg"))
        return JobOutput(files={}, voice=voice)
    if isinstance(spec, TemplateSpec | TemplateEditSpec):
        template = _template(spec, context.label.produce_id, file)
        return JobOutput({"video": template.preview, "poster": template.poster}, template=template)
    if spec.makes_video:
        return JobOutput({"video": file("video.mp4", "video/mp4")}, {"duration": 4.0})
    return JobOutput({"audio": file("audio.wav", "audio/wav")}, {"duration": 2.0})


def _template(spec: TemplateSpec | TemplateEditSpec, task_id: str, file: Any) -> MadeTemplate:
    is_edit = isinstance(spec, TemplateEditSpec)
    return MadeTemplate(
        template_id=spec.template_id if is_edit else task_id,
        person_image="person.png",
        background_image="background.png",
        parameters={"title_text": spec.title_text},
        preview=file("preview.mp4", "video/mp4"),
        poster=file("poster.jpg", "image/jpeg"),
        person=file("person.png", "image/png").path,
        background=file("background.jpg", "image/jpeg").path,
    )


class _Hints(WaitingQueue):
    """Of a worker whose time passes only while it waits for a hint."""

    waited = 0.0

    def take(self, wait_seconds: float) -> Hint | None:
        hint = super().take(wait_seconds)
        if hint is None:
            self.waited += wait_seconds
        return hint


def container(world: World, job: BatchJob, ending: Ending) -> tuple[Worker, Any]:
    """What the container's command builds (`gpu_jobs.__main__`), and what to call."""
    settings = JobSettings(
        table_name="table",
        bucket_name="bucket",
        task_queue_url="tasks",
        aws_batch_job_attempt=job.run,
        **LINGERING,
    )
    table, clock = world.table, world.clock
    tasks, files = TaskStore(table, clock), FileStore(table, clock)
    voices = VoiceLibrary(VoiceStore(table, clock), world.media)
    templates = TemplateLibrary(TemplateStore(table, clock), world.media)
    runner = Runner(
        settings=settings,
        work_dir=world.work_dir,
        tasks=tasks,
        inputs=Inputs(files, world.media, voices, templates, EarlierResults(tasks, world.media)),
        results=Results(tasks, world.media, voices, templates),
        past_runs=PastRunStore(table, clock),
        jobs=KeptJobs(lambda spec: Work(world, ending)),
        shutdown=Shutdown(on_stop=lambda: None, on_overdue=lambda _: None),
        clock=clock,
    )
    hints: list[_Hints] = []

    def open_hints(url: str) -> WaitingQueue:
        hints.append(_Hints(url, world.sqs))
        return hints[0]

    worker = Worker(
        runner,
        world.queue,
        open_hints,
        clock=lambda: hints[0].waited if hints else 0.0,
        started=0.0,
    )
    parameters = job.parameters
    return worker, lambda: worker.run(parameters["task_id"], int(parameters["attempt"]))


def start(world: World, job: BatchJob, ending: Ending, calls: int | None) -> None:
    """Give a waiting job a machine."""
    world.batch.begin(job)
    worker, body = container(world, job, ending)
    world.scheduler.start(
        f"{job.job_id} run {job.run}",
        Machine(job, worker.runner.shutdown, body),
        dies_at=world.clock.now + JOB_TIMEOUT_SECONDS,
        calls=calls,
        ended=lambda process: _exited(world, job, process),
    )


@dataclass
class Machine:
    """The body of a container's process. `lost`: the machine went under it, and took it along."""

    job: BatchJob
    shutdown: Shutdown
    run: Callable[[], Outcome]
    lost: str = ""

    def __call__(self) -> Outcome:
        return self.run()


def machines(world: World) -> list[tuple[Process, Machine]]:
    """The containers that run, and their processes."""
    return [(p, p.body) for p in world.scheduler.held() if isinstance(p.body, Machine)]


def _exited(world: World, job: BatchJob, process: Process) -> None:
    """Tell Batch of a container that is gone."""
    lost = process.body.lost
    if process.killed:
        world.batch.stop(job, "FAILED", lost, retry=lost.startswith("Host EC2"))
    elif process.error is not None:
        expect_cloud_trouble(world, process)
        world.batch.stop(job, "FAILED", "Essential container in task exited", retry=False)
    else:
        again = process.result is Outcome.UNFINISHED
        failed = again or process.result is Outcome.FAILED
        status = "FAILED" if failed else "SUCCEEDED"
        world.batch.stop(job, status, "Essential container in task exited", retry=again)


def expect_cloud_trouble(world: World, process: Process) -> None:
    """A process may die of a fault that was put in its way, and of nothing else."""
    error = process.error
    if not (isinstance(error, CLOUD_ERRORS) and process.met_a_fault):
        raise Broken(f"{process.name} died of {error!r}") from error
