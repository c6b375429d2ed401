"""Whether reading stays flat while the table fills: `python -m bench.server.table`.

    python -m bench.server.table [--tasks 100,1000,10000] [--requests 200] [--json out/table.json]

On the embedded cloud, at each number of tasks of one owner: the status of one of them, the first
page of the list, a page in its middle, and the system's status, one request after the other over a
connection that is kept. One task is made through the API; the others are copies of its items, as
making a hundred thousand would take an hour. Growth is the slowest median over that of the fewest
tasks; 1 is flat.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from bench.measuring.figures import Curve, Figures
from dh_client import Client
from infra.local.server import LocalCloud

WRITERS = 4
Item = dict[str, Any]


def main() -> None:
    """Measure, print a Markdown table, and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", default="100,1000,10000")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    counts = sorted(map(int, arguments.tasks.split(",")))
    with tempfile.TemporaryDirectory() as folder, LocalCloud(Path(folder)) as cloud:
        figures = measure(cloud, counts, arguments.requests)
    if arguments.json is not None:
        figures.write(arguments.json)


def measure(cloud: LocalCloud, counts: list[int], requests: int) -> Figures:
    """Fill up to each count, and read."""
    table = boto3.resource(
        "dynamodb",
        endpoint_url=cloud.environment["AWS_ENDPOINT_URL"],
        config=Config(max_pool_connections=WRITERS),
    ).Table(cloud.environment["TABLE_NAME"])
    first = _waiting_task(cloud.url)
    pattern = [item for item in table.scan()["Items"] if item["PK"] == f"TASK#{first}"]
    medians: dict[str, list[tuple[float, float]]] = {}
    print("| tasks | request | median, ms | 99 %, ms |\n|---|---|---|---|")
    there = 1
    with httpx.Client(base_url=f"{cloud.url}/api", trust_env=False, timeout=60) as client:
        for count in counts:
            _fill(table, pattern, first, count - there)
            there = count
            middle = _page(client, pages=min(count // 200, 20))
            reads = {
                "status": f"/tasks/{first}/status",
                "list": "/tasks?limit=20",
                "list, further on": middle,
                "system status": "/system/status",
            }
            for name, path in reads.items():
                median, late = _timed(partial(client.get, path), requests)
                medians.setdefault(name, []).append((count, median))
                print(f"| {count} | {name} | {median:.1f} | {late:.1f} |", flush=True)
    return Figures(
        {f"growth of {name}": max(y for _, y in at) / at[0][1] for name, at in medians.items()},
        {name: Curve("tasks in the table", "ms", at) for name, at in medians.items()},
    )


def _waiting_task(url: str) -> str:
    """One that waits for an upload that never comes, so that no job takes the processors."""
    with Client(url) as client:
        body = {"filename": "never.mp4", "file_size": 1000}
        name = client.post("/upload/video", body)["file_info"]["filename"]
        task_id: str = client.create("extract_audio", {"video_file": name})
        return task_id


def _fill(table: Any, pattern: list[Item], first: str, more: int) -> None:
    copies = (_renamed(item, first, str(uuid.uuid4())) for _ in range(more) for item in pattern)

    def write(items: Iterable[Item]) -> None:
        with table.batch_writer() as writer:
            for item in items:
                writer.put_item(item)

    with ThreadPoolExecutor(WRITERS) as pool:
        for _ in pool.map(write, iter(lambda: list(islice(copies, 1000)), [])):
            pass


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(each, old, new) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, old, new) for each in value]
    return value.replace(old, new) if isinstance(value, str) else value


def _page(client: httpx.Client, pages: int) -> str:
    """The path of the page so many pages on."""
    path = "/tasks?limit=100"
    for _ in range(pages):
        cursor = client.get(path).raise_for_status().json().get("next_cursor")
        if cursor is None:
            return path
        path = f"/tasks?limit=100&cursor={cursor}"
    return path


def _timed(request: Callable[[], httpx.Response], times: int) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        request().raise_for_status()
        spent.append(1000 * (time.perf_counter() - began))
    return statistics.median(spent), sorted(spent)[len(spent) * 99 // 100]


if __name__ == "__main__":
    main()
