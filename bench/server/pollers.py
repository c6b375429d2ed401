"""How fast a status is read while many poll: `python -m bench.server.pollers`.

    python -m bench.server.pollers [--polls 200] [--pollers 100] [--creations 5] [--seconds 30]
                                   [--json FILE]   (the peer needs bench/requirements.txt)

So many polls a second, spread over pollers that keep their connections, while tasks are created, on
the embedded server; they wait for an upload that never comes, so that no job takes the processors.
Then the same on a Flask server of the seed's kind, with its tasks in a dictionary: in memory,
without a store, it is the limit of what Python answers.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import httpx

from bench.measuring.figures import Figures

FLASK: Final = """
import uuid
from flask import Flask, request

app, tasks = Flask(__name__), {}

@app.post("/api/upload/video")
def upload():
    return {"success": True, "file_info": {"filename": request.json["filename"]}}

@app.post("/api/tasks/audio/extract")
def create():
    task_id = str(uuid.uuid4())
    tasks[task_id] = {"success": True, "task_id": task_id, "status": "pending", "progress": 0}
    return tasks[task_id]

@app.get("/api/tasks/<task_id>/status")
def status(task_id):
    return tasks[task_id]

if __name__ == "__main__":
    from werkzeug.serving import WSGIRequestHandler, make_server

    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
"""


class Tally:
    """Outcomes of all requests, and the seconds of every answered poll."""

    def __init__(self) -> None:
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.seconds: list[float] = []

    def at(self, part: float) -> float:
        """A quantile, in milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(len(ordered) * part), len(ordered) - 1)]

    async def ask(self, client: httpx.AsyncClient, method: str, path: str, **options: Any) -> Any:
        began = time.perf_counter()
        try:
            answer = await client.request(method, path, **options)
        except httpx.TransportError as error:
            self.outcomes[type(error).__name__] += 1
            return None
        self.outcomes[str(answer.status_code)] += 1
        if method == "GET":
            self.seconds.append(time.perf_counter() - began)
        return answer.json() if answer.is_success else None


def main() -> None:
    """Measure, print a Markdown table, and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--polls", type=float, default=200.0, help="a second, in all")
    parser.add_argument("--pollers", type=int, default=100)
    parser.add_argument("--creations", type=float, default=5.0, help="a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    servers = {"ours": [str(Path(sys.executable).with_name("dh")), "serve", "--port", "0"]}
    if find_spec("flask") is not None:
        servers["Flask, in memory"] = [sys.executable, "-c", FLASK]
    print("| server | answers | median, ms | 99 %, ms | last, ms |\n|---|---|---|---|---|")
    tallies = {}
    for name, command in servers.items():
        tally = tallies[name] = measure(command, arguments)
        cells = " | ".join(f"{tally.at(part):.1f}" for part in (0.5, 0.99, 1.0))
        print(f"| {name} | {dict(tally.outcomes)} | {cells} |", flush=True)
    if arguments.json is not None:
        figures = Figures({"99 % of polls over 25 ms": tallies["ours"].at(0.99) / 25})
        for name, tally in tallies.items():
            if name != "ours":
                figures.ratios[f"median over {name}"] = tallies["ours"].at(0.5) / tally.at(0.5)
        figures.write(arguments.json)


def measure(command: Sequence[str], arguments: argparse.Namespace) -> Tally:
    """One server, from its start to its end."""
    with tempfile.TemporaryDirectory() as folder:
        data = ["--data", folder] if "serve" in command else []
        server = subprocess.Popen(
            [*command, *data], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert server.stdout is not None
        try:
            ready = next(line for line in server.stdout if line.startswith("ready "))
            return asyncio.run(load(ready.split()[1], arguments))
        finally:
            server.terminate()
            server.wait(30)


async def load(url: str, arguments: argparse.Namespace) -> Tally:
    """Poll and create for so many seconds; the first second, in which all connect, counts not."""
    tally = Tally()
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
        pause = arguments.pollers / arguments.polls
        due = time.monotonic() + pause * number / arguments.pollers
        async with client() as own:
            while due < deadline:
                await asyncio.sleep(max(0, due - time.monotonic()))
                if tasks:
                    await tally.ask(own, "GET", f"/tasks/{tasks[number % len(tasks)]}/status")
                due += pause

    async def forget_the_start() -> None:
        await asyncio.sleep(1)
        tally.seconds.clear()

    await asyncio.gather(create(), forget_the_start(), *map(poll, range(arguments.pollers)))
    return tally


if __name__ == "__main__":
    main()
