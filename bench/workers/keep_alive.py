"""What a warm worker saves: `python -m bench.workers.keep_alive` (from the repository's root).

Short voice tasks, created at once, on the embedded cloud with real processes: first with a worker
for each task, then with workers that are kept alive. Prints a Markdown table and the ratios. A
worker's time counts from its start to its end, its idle time at the end included.
"""

from __future__ import annotations

import argparse
import logging
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from dh_client import Client
from infra.local.server import LocalCloud

TEXT = "你好，欢迎来到第{}个房间。"
_POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Measured:
    """Seconds: of the clock from the first request to the last result, of all workers' lives, of
    the processor (the stores' included)."""

    wall: float
    workers: float
    processor: float
    processes: int
    loads: int


def main() -> None:
    """Measure one way after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--keep-alive", type=int, default=10, help="seconds")
    parser.add_argument("--weights", type=Path, default=Path(".weights"))
    arguments = parser.parse_args()
    logging.disable()

    print(f"{arguments.tasks} voice tasks of {len(TEXT.format(1))} characters\n")
    print("| | wall, s | workers, s | processor, s | processes | model loads | tasks per ", end="")
    print("worker-minute |\n|---|---|---|---|---|---|---|")
    alone, warm = (
        _shown(name, measure(arguments.tasks, seconds, arguments.weights), arguments.tasks)
        for name, seconds in (
            ("a worker for each task", 0),
            (f"kept alive for {arguments.keep_alive} s", arguments.keep_alive),
        )
    )
    print(
        f"\nkept alive over not: wall {warm.wall / alone.wall:.2f}, "
        f"processor {warm.processor / alone.processor:.2f}, "
        f"tasks per worker-minute {alone.workers / warm.workers:.1f} times as many"
    )


def measure(tasks: int, keep_alive_seconds: int, weights: Path) -> Measured:
    """Create the tasks on a fresh cloud, and wait for their results and their workers' ends."""
    before = _processor_seconds()
    with (
        _cloud(keep_alive_seconds, weights) as (cloud, data),
        Client(cloud.url, longest_pause=1.0) as api,
    ):
        started = time.monotonic()
        created = [api.create("voice", {"text": TEXT.format(number)}) for number in range(tasks)]
        for task_id in created:
            ended = api.wait(task_id)
            assert ended.status == "completed", ended
        wall = time.monotonic() - started
        logs = list((data / "logs" / "jobs").iterdir())
        jobs = _ended_jobs(cloud.environment, [log.stem for log in logs])
        loads = sum(log.read_text().count("models loaded") for log in logs)
    return Measured(
        wall=wall,
        workers=sum(job["stoppedAt"] - job["startedAt"] for job in jobs) / 1000,
        processor=_processor_seconds() - before,
        processes=len(jobs),
        loads=loads,
    )


@contextmanager
def _cloud(keep_alive_seconds: int, weights: Path) -> Iterator[tuple[LocalCloud, Path]]:
    kept = {"KEEP_ALIVE_SECONDS_SPEAKING": str(keep_alive_seconds)}
    with tempfile.TemporaryDirectory(prefix="dh-keep-alive-") as folder:
        data = Path(folder)
        with LocalCloud(data, weights_dir=weights, extra_environment=kept) as cloud:
            yield cloud, data


def _ended_jobs(environment: dict[str, str], job_ids: list[str]) -> list[dict[str, Any]]:
    """The jobs as Batch describes them, once all of them have ended."""
    batch = boto3.client("batch", endpoint_url=environment["AWS_ENDPOINT_URL_BATCH"])
    while True:
        jobs: list[dict[str, Any]] = batch.describe_jobs(jobs=job_ids)["jobs"]
        if all(job["status"] in ("SUCCEEDED", "FAILED") for job in jobs):
            return jobs
        time.sleep(_POLL_SECONDS)


def _processor_seconds() -> float:
    """Of the child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _shown(name: str, measured: Measured, tasks: int) -> Measured:
    print(
        f"| {name} | {measured.wall:.1f} | {measured.workers:.1f} | {measured.processor:.1f} "
        f"| {measured.processes} | {measured.loads} | {tasks * 60 / measured.workers:.1f} |",
        flush=True,
    )
    return measured


if __name__ == "__main__":
    main()
