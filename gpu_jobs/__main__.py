"""The container's command: `python -m gpu_jobs run --task-id ID --attempt N`."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import sys
import tempfile
from enum import IntEnum
from functools import partial
from pathlib import Path

from dh_core.media_store import MediaStore
from dh_core.metrics import Metrics
from dh_core.settings import JobSettings
from dh_core.store import FileStore, PastRunStore, Table, TaskStore, TemplateStore, VoiceStore
from dh_core.task_queue import TaskQueue
from gpu_jobs import logs, metrics
from gpu_jobs.earlier_results import EarlierResults
from gpu_jobs.inputs import Inputs
from gpu_jobs.jobs import make_job
from gpu_jobs.kept_jobs import KeptJobs
from gpu_jobs.media import child_process, ffmpeg
from gpu_jobs.results import Results
from gpu_jobs.runner import Outcome, Runner
from gpu_jobs.stopping import WARM_UNWIND_SECONDS, Shutdown
from gpu_jobs.template_library import TemplateLibrary
from gpu_jobs.voice_library import VoiceLibrary
from gpu_jobs.worker import Worker


class ExitStatus(IntEnum):
    """The container's exit status, as the job definition's evaluateOnExit reads it."""

    OK = 0
    TASK_FAILED = 1
    TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h


def main(argv: list[str] | None = None) -> int:
    """Run one attempt, and others after it; the exit status is an `ExitStatus`."""
    arguments = _parser().parse_args(argv)
    settings = JobSettings.from_env()
    logs.configure(settings.log_format, settings.log_level)
    metrics.configure(Metrics(settings.metrics_namespace))
    ffmpeg.configure(binary=settings.ffmpeg, threads=settings.threads)
    if settings.work_dir is not None:
        settings.work_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dh-worker-", dir=settings.work_dir) as folder:
        shutdown = Shutdown(
            on_stop=child_process.stop_all,
            on_overdue=lambda reason: _exit_now(folder, worker.leave(reason)),
            cancel_seconds=WARM_UNWIND_SECONDS if settings.lingers else None,
        )
        runner = _runner(settings, Path(folder), shutdown)
        worker = Worker(runner, TaskQueue(settings.task_queue_url))
        signal.signal(signal.SIGTERM, lambda *_: shutdown.request())
        return _exit_status(worker.run(arguments.task_id, arguments.attempt))


def _runner(settings: JobSettings, work_dir: Path, shutdown: Shutdown) -> Runner:
    table, media = Table(settings.table_name), MediaStore(settings.bucket_name)
    tasks = TaskStore(table, metrics=Metrics(settings.metrics_namespace))
    files = FileStore(table)
    voices = VoiceLibrary(VoiceStore(table), media)
    templates = TemplateLibrary(TemplateStore(table), media)
    return Runner(
        settings=settings,
        work_dir=work_dir,
        tasks=tasks,
        inputs=Inputs(files, media, voices, templates, EarlierResults(tasks, media)),
        results=Results(tasks, media, voices, templates),
        past_runs=PastRunStore(table),
        jobs=KeptJobs(partial(make_job, settings=settings), most=settings.kept_jobs),
        shutdown=shutdown,
    )


def _exit_now(folder: str, outcome: Outcome) -> None:
    """End a process that is stuck in a call Python cannot interrupt."""
    logging.getLogger(__name__).warning("did not unwind in time; exiting")
    shutil.rmtree(folder, ignore_errors=True)
    logging.shutdown()
    os._exit(_exit_status(outcome))


def _exit_status(outcome: Outcome) -> ExitStatus:
    if outcome is Outcome.FAILED:
        return ExitStatus.TASK_FAILED
    return ExitStatus.TRY_AGAIN if outcome is Outcome.UNFINISHED else ExitStatus.OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gpu_jobs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="carry one attempt of a task")
    run.add_argument("--task-id", required=True)
    run.add_argument("--attempt", type=int, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
