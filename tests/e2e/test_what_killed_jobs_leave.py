"""After the SIGKILL of a job its task is done again, and nothing that it left runs on or stays.

One whose task is cancelled ends by itself.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from bench.faults.s3_proxy import Mode, S3Proxy
from dh_client import Client
from infra.local.server import LocalCloud
from tests.e2e.clips import faceless_video
from tests.support.process_table import descendants, wait_until_dead

LONG_TEXT = "今天我们一起来看一看这个系统是怎样工作的。" * 20
"""For a task that does not have to finish."""
SECONDS = 240.0
T = TypeVar("T")


@dataclass(frozen=True)
class Bench:
    """An embedded cloud whose S3 is behind a door, and the folder where its jobs work."""

    api: Client
    door: S3Proxy
    work: Path

    def kill_job(self, task_id: str, when: Callable[[int], bool]) -> None:
        """SIGKILL the task's job once `when` holds for its pid; then nothing of it may run on."""
        pid = wait_for(lambda: job_pid(task_id))
        wait_for(lambda: when(pid))
        family = {pid, *descendants(pid)}
        assert list(self.work.iterdir()), "it has no work folder"
        os.kill(pid, signal.SIGKILL)
        assert wait_until_dead(family, 2) == set()

    def complete(self, task_id: str) -> None:
        ended = self.api.wait(task_id, timeout=SECONDS)
        assert ended.status == "completed", ended
        assert ended.result is not None
        assert "generated/" in ended.result["audio_path"]
        wait_for(lambda: not list(self.work.iterdir()))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    data, work = tmp_path_factory.mktemp("cloud"), tmp_path_factory.mktemp("work")

    def store_port() -> int:
        port: int = json.loads((data / "identity.json").read_text())["port"]
        return port

    with S3Proxy(store_port) as door:
        environment = {"AWS_ENDPOINT_URL_S3": door.url, "WORK_DIR": str(work)}
        with (
            LocalCloud(data, sweep_seconds=2.0, extra_environment=environment) as cloud,
            Client(cloud.url, longest_pause=1.0) as api,
        ):
            yield Bench(api, door, work)


def test_a_job_killed_while_it_decodes_and_then_while_it_uploads(
    bench: Bench, tmp_path: Path
) -> None:
    clip = faceless_video(tmp_path / "clip.mp4", seconds=120, sound=True, fps=5)
    video = bench.api.upload(clip, "video")
    task_id = bench.api.create("extract_audio", {"video_file": video})
    bench.kill_job(task_id, when=works_with_ffmpeg)
    # It has its clip by then: what hangs is the upload.
    wait_for(lambda: (pid := job_pid(task_id)) and works_with_ffmpeg(pid))
    with bench.door.failing(Mode.HANG):
        bench.kill_job(task_id, when=lambda _: bench.door.waiting > 0)
    bench.complete(task_id)


def test_a_job_killed_while_it_speaks_and_cancelled_as_it_speaks_again(bench: Bench) -> None:
    task_id = bench.api.create("voice", {"text": LONG_TEXT})

    def speaks() -> bool:
        return bench.api.status(task_id).stage == "speech"

    bench.kill_job(task_id, when=lambda _: speaks())
    wait_for(lambda: job_pid(task_id) and speaks())
    bench.api.cancel(task_id)
    deadline = time.monotonic() + 60
    while job_pid(task_id) is not None:
        assert time.monotonic() < deadline, "the job still runs"
        time.sleep(0.1)
    status = bench.api.status(task_id)
    assert (status.status, status.result) == ("cancelled", None)


def works_with_ffmpeg(pid: int) -> bool:
    for child in descendants(pid):
        with suppress(OSError):  # it ended while we looked
            if b"ffmpeg" in Path(f"/proc/{child}/cmdline").read_bytes().partition(b"\0")[0]:
                return True
    return False


def job_pid(task_id: str) -> int | None:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # it ended while we looked
            if task_id.encode() in words and b"gpu_jobs" in words:
                return int(folder.name)
    return None


def wait_for(look: Callable[[], T]) -> T:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail("it never came to that")
