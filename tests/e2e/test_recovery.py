"""Processes are killed while a task runs; it is still done, and once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from dh_client import ApiError, Client

TEXT = "今天我们一起来看一看这个系统是怎样工作的，它会不会丢掉任何一个任务。" * 2
# A machine that does much else takes minutes for a sentence.
SECONDS = 900.0


def test_a_task_survives_a_dead_store_a_stopped_server_and_a_power_cut_and_completes_once(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    with _server(data) as (process, api):
        task_id = api.create("voice", {"text": TEXT})
        job = _running_job(api, task_id)
        os.kill(_store(data), signal.SIGKILL)
        # The job writes its progress to the store that took over.
        _wait_for_progress(api, task_id)
        assert _job_pid(task_id) == job
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert _job_pid(task_id) is None
    with _server(data) as (process, api):
        _running_job(api, task_id)
        for pid in (_store(data), process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait(30)
    with _server(data) as (_, api):
        ended = api.wait(task_id, timeout=SECONDS)
        assert ended.status == "completed", ended
        stats = api.get("/system/status")["task_stats"]
        assert (stats["completed"], stats["failed"]) == (1, 0)


def _store(data: Path) -> int:
    return int((data / "store.pid").read_text())


def _wait_for_progress(api: Client, task_id: str) -> None:
    """Until the task is further than it was when the store answers again."""
    deadline = time.monotonic() + SECONDS
    before: int | None = None
    while time.monotonic() < deadline:
        with suppress(ApiError):
            progress = api.status(task_id).progress
            before = progress if before is None else before
            if progress > before:
                return
        time.sleep(0.2)
    pytest.fail("the job reported nothing to the new store")


@contextmanager
def _server(data: Path) -> Iterator[tuple[subprocess.Popen[str], Client]]:
    command = [str(Path(sys.executable).parent / "dh"), "serve", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready "), line
        with Client(line.split()[1], longest_pause=1.0) as api:
            yield process, api
    finally:
        process.terminate()
        process.wait(30)


def _running_job(api: Client, task_id: str) -> int:
    """The pid of the task's job, once it has begun to speak."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        status, pid = api.status(task_id), _job_pid(task_id)
        assert not status.has_ended, status
        if status.stage == "speech" and pid is not None:
            return pid
        time.sleep(0.1)
    pytest.fail("the task never ran")


def _job_pid(task_id: str) -> int | None:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended while we looked
        if task_id.encode() in words and b"gpu_jobs" in words:
            return int(folder.name)
    return None
