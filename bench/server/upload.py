"""What an upload costs the API process: a presigned POST beside the way of the seed's server.

    python -m bench.server.upload [--megabytes 200] [--json FILE]   (needs bench/requirements.txt)

Ours: the API signs, the client sends the file to the bucket. The seed's: the client sends it as
multipart/form-data to a Flask server, which writes it to its disk. Both on loopback, one after the
other in one run. Memory is the growth of the API process's peak during the upload, CPU its own
seconds, children not counted (the local bucket is one: on AWS it is S3). Linux only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from bench.measuring.figures import Figures
from dh_client import Client

_BLOCK = 1024 * 1024
_FLASK = """
import sys
from flask import Flask, request

app = Flask(__name__)

@app.post("/api/upload/video")
def upload():
    request.files["file"].save(sys.argv[1])
    return {"success": True}

if __name__ == "__main__":
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process during one upload: bytes of memory, seconds."""

    memory: int
    cpu: float
    wall: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = _clip(folder / "clip.mp4", arguments.megabytes)
        small = _clip(folder / "small.mp4", 1)  # the first request pays for what loads on first use
        ours = [sys.executable, "-m", "infra.local.cli.main", "serve", "--port", "0", "--data"]
        with (
            _served([*ours, str(folder / "cloud")]) as (pid, url),
            Client(url, longest_pause=1.0) as client,
        ):
            client.upload(small, "video")
            signed = _cost(pid, lambda: client.upload(file, "video"))
        with _served([sys.executable, "-c", _FLASK, str(folder / "saved.mp4")]) as (pid, url):
            _post(url, small)
            posted = _cost(pid, lambda: _post(url, file))
    print(
        f"| {arguments.megabytes} MB | API memory, MB | API CPU, s | wall, s |\n|---|---|---|---|"
    )
    for row, cost in (("presigned POST", signed), ("multipart through Flask", posted)):
        print(f"| {row} | {cost.memory / 2**20:.1f} | {cost.cpu:.2f} | {cost.wall:.1f} |")
    if arguments.json is not None:
        Figures(
            {
                "memory, presigned over Flask": signed.memory / max(posted.memory, 1),
                "API's processor time, presigned over Flask": signed.cpu / max(posted.cpu, 0.01),
                "time, presigned over Flask": signed.wall / posted.wall,
            }
        ).write(arguments.json)


def _clip(path: Path, megabytes: int) -> Path:
    """A file that looks like an MP4 and cannot be compressed."""
    with path.open("wb") as file:
        file.write(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(8))
        for _ in range(megabytes):
            file.write(os.urandom(_BLOCK))
    return path


@contextmanager
def _served(command: list[str]) -> Iterator[tuple[int, str]]:
    """A server's process id and address, once it says that it is ready."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout is not None
            yield server.pid, _address(server.stdout)
        finally:
            server.terminate()
            server.wait(30)


def _address(output: IO[bytes]) -> str:
    for line in output:
        if line.startswith(b"ready "):
            return line.split()[1].decode()
    raise RuntimeError("the server ended before it was ready")


def _post(url: str, file: Path) -> None:
    with file.open("rb") as opened:
        answer = httpx.post(
            f"{url}/api/upload/video", files={"file": opened}, timeout=300, trust_env=False
        )
    answer.raise_for_status()


def _cost(pid: int, upload: Callable[[], object]) -> Cost:
    process = Path(f"/proc/{pid}")
    (process / "clear_refs").write_text("5")  # the peak starts from here: proc(5)
    memory, cpu, started = _peak_memory(process), _cpu_seconds(process), time.monotonic()
    upload()
    wall = time.monotonic() - started
    return Cost(_peak_memory(process) - memory, _cpu_seconds(process) - cpu, wall)


def _peak_memory(process: Path) -> int:
    fields = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return int(fields["VmHWM"].split()[0]) * 1024


def _cpu_seconds(process: Path) -> float:
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
