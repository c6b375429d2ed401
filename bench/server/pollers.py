"""Clients that poll and create while the embedded server runs: is every request answered?

python -m bench.server.pollers [--pollers 100] [--creations 5] [--seconds 60] [--url http://…]

Each poller keeps its connection and asks as often as the server says (`next_poll_ms`), as phones
do. The tasks wait for an upload that never comes, so that no job takes the processors.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pollers", type=int, default=100)
    parser.add_argument("--creations", type=float, default=5.0, help="a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--url", help="of a server that runs already")
    arguments = parser.parse_args()
    if arguments.url:
        asyncio.run(_load(arguments.url, arguments))
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("dh")), "serve", "--port", "0"]
        server = subprocess.Popen(
            [*command, "--data", folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert server.stdout is not None
        try:
            asyncio.run(_load(server.stdout.readline().split()[1], arguments))
        finally:
            server.terminate()
            server.wait(30)


class _Tally:
    """Outcomes and latencies."""

    def __init__(self) -> None:
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.seconds: list[float] = []

    async def ask(self, client: httpx.AsyncClient, method: str, path: str, **options: Any) -> Any:
        began = time.monotonic()
        try:
            answer = await client.request(method, path, **options)
        except httpx.TransportError as error:
            self.outcomes[type(error).__name__] += 1
            return None
        self.seconds.append(time.monotonic() - began)
        self.outcomes[str(answer.status_code)] += 1
        return answer.json() if answer.is_success else None


async def _load(url: str, arguments: argparse.Namespace) -> None:
    tally = _Tally()
    deadline = time.monotonic() + arguments.seconds
    tasks: list[str] = []

    def client() -> httpx.AsyncClient:
        limits = httpx.Limits(keepalive_expiry=None)
        return httpx.AsyncClient(base_url=f"{url}/api", timeout=60, limits=limits, trust_env=False)

    async def create() -> None:
        async with client() as own:
            body = {"filename": "never.mp4", "file_size": 1000}
            announced = await tally.ask(own, "POST", "/upload/video", json=body)
            assert announced, tally.outcomes
            extract = {"video_file": announced["file_info"]["filename"]}
            while time.monotonic() < deadline:
                began = time.monotonic()
                made = await tally.ask(own, "POST", "/tasks/audio/extract", json=extract)
                if made:
                    tasks.append(made["task_id"])
                await asyncio.sleep(max(0, began + 1 / arguments.creations - time.monotonic()))

    async def poll(number: int) -> None:
        async with client() as own:
            while time.monotonic() < deadline:
                pause = 0.5
                if tasks:
                    task = tasks[number % len(tasks)]
                    status = await tally.ask(own, "GET", f"/tasks/{task}/status")
                    pause = (status or {}).get("next_poll_ms", 500) / 1000
                await asyncio.sleep(pause)

    await asyncio.gather(create(), *(poll(number) for number in range(arguments.pollers)))
    ordered = sorted(tally.seconds)
    print(f"{sum(tally.outcomes.values())} requests: {dict(tally.outcomes)}")
    median, late = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    print(f"answered in {median:.3f} s (median), {late:.3f} s (99 %), {ordered[-1]:.3f} s (last)")


if __name__ == "__main__":
    main()
