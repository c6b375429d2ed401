"""A worker that is kept alive, as a real process: it takes what waits, and only SIGTERM ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dh_client import Client
from infra.local.server import LocalCloud

SECONDS = 120.0
SHORT_TEXT = "你好，欢迎来到这里。"
LONG_TEXT = "好。" * 200
"""Speaking one of these sentences takes even a busy machine less than the time that a cancelled job
has to come to its end; later the worker is ended with it."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture(scope="module")
def cloud(data: Path) -> Iterator[LocalCloud]:
    kept = {"KEEP_ALIVE_SECONDS_SPEAKING": "60"}
    # One processor: a second worker could only start when the first has gone.
    with LocalCloud(data, vcpus=1, sweep_seconds=2.0, extra_environment=kept) as running:
        yield running


@pytest.fixture(scope="module")
def api(cloud: LocalCloud) -> Iterator[Client]:
    with Client(cloud.url, longest_pause=0.5) as client:
        yield client


def test_one_worker_carries_all_that_waits_and_outlives_a_cancelled_task(
    api: Client, data: Path
) -> None:
    first = create(api, SHORT_TEXT)
    cancelled, last = create(api, LONG_TEXT), create(api, SHORT_TEXT)
    assert api.wait(first, timeout=SECONDS).status == "completed"
    wait_until(lambda: api.status(cancelled).stage == "speech")
    api.cancel(cancelled)
    ended = api.wait(last, timeout=SECONDS)
    assert ended.status == "completed", ended
    assert (api.status(cancelled).status, api.status(cancelled).result) == ("cancelled", None)
    assert len(jobs_started(data)) == 1
    lines = jobs_started(data)[0].read_text()
    assert all(task_id in lines for task_id in (first, cancelled, last))


def create(api: Client, text: str) -> str:
    return api.create("voice", {"text": text})


def jobs_started(data: Path) -> list[Path]:
    """The logs of the jobs that ever got a process."""
    return list((data / "logs" / "jobs").iterdir())


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)
