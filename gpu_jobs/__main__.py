"""The container's command: `python -m gpu_jobs run --task-id ID --attempt N`."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

from dh_core.media_store import MediaStore
from dh_core.settings import JobSettings
from dh_core.store import FileStore, PastRunStore, Table, TaskStore, TemplateStore, VoiceStore
from gpu_jobs import weights_cache
from gpu_jobs.jobs import make_job
from gpu_jobs.media import child_process, ffmpeg
from gpu_jobs.runner import ExitStatus, Runner
from gpu_jobs.stopping import StopReason, StopSwitch
from gpu_jobs.template_library import TemplateLibrary
from gpu_jobs.voice_library import VoiceLibrary


def main(argv: list[str] | None = None) -> int:
    """Run one attempt; the exit status is an `ExitStatus`."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(
        level=logging.INFO,
        format=f"%(asctime)s %(levelname)s {arguments.task_id}/{arguments.attempt} "
        "%(name)s: %(message)s",
    )
    settings = JobSettings.from_env()
    ffmpeg.configure(binary=settings.ffmpeg, threads=settings.threads)
    if settings.work_dir is not None:
        settings.work_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dh-worker-", dir=settings.work_dir) as folder:
        switch = StopSwitch(on_stop=_free_the_job, on_overdue=partial(_exit_now, folder))
        signal.signal(signal.SIGTERM, lambda *_: switch.stop(StopReason.INTERRUPTED))
        runner = _runner(settings, Path(folder), switch)
        return runner.run(arguments.task_id, arguments.attempt)


def _runner(settings: JobSettings, work_dir: Path, switch: StopSwitch) -> Runner:
    table, media = Table(settings.table_name), MediaStore(settings.bucket_name)
    return Runner(
        settings=settings,
        work_dir=work_dir,
        tasks=TaskStore(table),
        files=FileStore(table),
        media=media,
        voices=VoiceLibrary(VoiceStore(table), media),
        past_runs=PastRunStore(table),
        templates=TemplateLibrary(TemplateStore(table), media),
        make_job=partial(make_job, settings=settings),
        switch=switch,
    )


def _free_the_job() -> None:
    """End whatever a stopped job may be blocked on."""
    child_process.stop_all()
    weights_cache.stop_all()


def _exit_now(folder: str, reason: StopReason) -> None:
    """End a process that is stuck in a call Python cannot interrupt."""
    logging.getLogger(__name__).warning("did not unwind in time; exiting")
    shutil.rmtree(folder, ignore_errors=True)
    logging.shutdown()
    os._exit(ExitStatus.OK if reason is StopReason.CANCELLED else ExitStatus.TRY_AGAIN)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gpu_jobs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="carry one attempt of a task")
    run.add_argument("--task-id", required=True)
    run.add_argument("--attempt", type=int, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
