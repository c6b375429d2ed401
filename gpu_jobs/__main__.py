"""The container's command: `python -m gpu_jobs run --task-id ID --attempt N`, or `assist`.

What computes is imported once a task is claimed: until then somebody waits.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Any

from dh_core.cloud.media_store import MediaStore
from dh_core.cloud.metrics import Metrics
from dh_core.cloud.task_queue import TaskQueue
from dh_core.settings import JobSettings, SettingsError
from dh_core.specs.base import TaskSpec
from dh_core.store import (
    FileStore,
    GenerationLog,
    PastRunStore,
    SampleStore,
    SegmentStore,
    Table,
    TaskStore,
    TemplateStore,
    VoiceStore,
)
from gpu_jobs.engines.registry import LIPSYNC, check_names
from gpu_jobs.fanout.coordinator import FanOut
from gpu_jobs.jobs import make_job
from gpu_jobs.jobs.cancellation import WARM_UNWIND_SECONDS, Shutdown, StopReason
from gpu_jobs.jobs.job import Job
from gpu_jobs.media.processes import child_process, work_folder
from gpu_jobs.runtime.job_cache import JobCache
from gpu_jobs.runtime.runner import Outcome, Runner
from gpu_jobs.runtime.signals import call_on_sigterm
from gpu_jobs.runtime.storage.earlier_results import EarlierResults
from gpu_jobs.runtime.storage.inputs import Inputs
from gpu_jobs.runtime.storage.results import Results
from gpu_jobs.runtime.storage.samples import Samples
from gpu_jobs.runtime.storage.template_library import TemplateLibrary
from gpu_jobs.runtime.storage.voice_library import VoiceLibrary
from gpu_jobs.runtime.worker import Worker
from gpu_jobs.telemetry import logs, metrics
from gpu_jobs.weights import bucket as weights_cache


class ExitStatus(IntEnum):
    """The container's exit status, as the job definition's evaluateOnExit reads it."""

    OK = 0
    TASK_FAILED = 1
    TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h


def main(argv: list[str] | None = None) -> int:
    """Run one attempt, and others after it; the exit status is an `ExitStatus`."""
    arguments = _parser().parse_args(argv)
    try:
        settings = JobSettings.from_env()
        check_names(settings)
    except SettingsError as error:
        sys.exit(f"settings: {error}")
    logs.configure(settings.log_format, settings.log_level)
    metrics.configure(Metrics(settings.metrics_namespace))
    if arguments.command == "assist":
        return _assist(settings, arguments.task_id, arguments.attempt)
    shutdown = Shutdown(
        on_stop=_free_the_job,
        on_grace_over=lambda reason: _exit_now(_exit_status(worker.leave(reason))),
        cancel_seconds=WARM_UNWIND_SECONDS if settings.keeps_workers_alive else None,
    )
    worker = Worker(_runner(settings, shutdown), TaskQueue(settings.task_queue_url))
    call_on_sigterm(shutdown.request)
    return _exit_status(worker.run(arguments.task_id, arguments.attempt))


def _runner(settings: JobSettings, shutdown: Shutdown) -> Runner:
    table, media = Table(settings.table_name), MediaStore(settings.bucket_name)
    tasks = TaskStore(table, metrics=Metrics(settings.metrics_namespace))
    files = FileStore(table)
    voices = VoiceLibrary(VoiceStore(table), media)
    templates = TemplateLibrary(TemplateStore(table), media)
    return Runner(
        settings=settings,
        work_dir=_work_dir(settings),
        tasks=tasks,
        inputs=Inputs(files, media, voices, templates, EarlierResults(tasks, media)),
        results=Results(tasks, media, voices, templates, GenerationLog(table)),
        past_runs=PastRunStore(table),
        samples=Samples(SampleStore(table), files, media, TaskQueue(settings.task_queue_url)),
        jobs=JobCache(partial(_make_job, settings=settings), most=settings.job_cache_size),
        shutdown=shutdown,
        fan_out=_fan_out(settings, table, tasks, media),
    )


def _make_job(spec: TaskSpec, settings: JobSettings) -> Job[Any]:
    _configure_ffmpeg(settings)
    return make_job(spec, settings)


def _configure_ffmpeg(settings: JobSettings) -> None:
    from gpu_jobs.media import ffmpeg  # noqa: PLC0415 - it computes, see above

    ffmpeg.configure(binary=settings.ffmpeg, threads=settings.threads)


def _fan_out(
    settings: JobSettings, table: Table, tasks: TaskStore, media: MediaStore
) -> FanOut | None:
    if not settings.fanout_seconds or not settings.task_queue_url:
        return None
    queue = TaskQueue(settings.task_queue_url)
    return FanOut(settings.fanout_seconds, SegmentStore(table), tasks, media, queue)


def _assist(settings: JobSettings, task_id: str, attempt: int) -> ExitStatus:
    """Help once; a helper is never kept alive. Interrupted, it asks Batch for another try."""
    from gpu_jobs.fanout.helper import Assistant, Help  # noqa: PLC0415 - it computes, see above

    _configure_ffmpeg(settings)

    def leave(reason: StopReason) -> None:
        interrupted = reason is StopReason.INTERRUPTED
        _exit_now(ExitStatus.TRY_AGAIN if interrupted else ExitStatus.OK)

    shutdown = Shutdown(on_stop=_free_the_job, on_grace_over=leave)
    call_on_sigterm(shutdown.request)
    table, weights = Table(settings.table_name), weights_cache.open_weights(settings)
    assistant = Assistant(
        settings=settings,
        work_dir=_work_dir(settings),
        tasks=TaskStore(table),
        segments=SegmentStore(table),
        media=MediaStore(settings.bucket_name),
        make_engine=partial(LIPSYNC.load, settings.lipsync_engine, weights, settings.threads),
        shutdown=shutdown,
    )
    given = assistant.run(task_id, attempt)
    return ExitStatus.TRY_AGAIN if given is Help.INTERRUPTED else ExitStatus.OK


def _work_dir(settings: JobSettings) -> Path:
    return settings.work_dir or Path(tempfile.gettempdir())


def _free_the_job() -> None:
    """End whatever a stopped job may be blocked on."""
    child_process.stop_all()
    weights_cache.stop_all()


def _exit_now(status: ExitStatus) -> None:
    """End a process that is stuck in a call Python cannot interrupt."""
    logging.getLogger(__name__).warning("did not unwind in time; exiting")
    work_folder.remove_own()
    logging.shutdown()
    os._exit(status)


def _exit_status(outcome: Outcome) -> ExitStatus:
    if outcome is Outcome.FAILED:
        return ExitStatus.TASK_FAILED
    return ExitStatus.TRY_AGAIN if outcome is Outcome.UNFINISHED else ExitStatus.OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gpu_jobs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="carry one attempt of a task")
    assist = commands.add_parser("assist", help="help a running attempt with its segments")
    for command in (run, assist):
        command.add_argument("--task-id", required=True)
        command.add_argument("--attempt", type=int, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
