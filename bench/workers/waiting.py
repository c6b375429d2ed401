"""What the person at the other end waits for: `python -m bench.workers.waiting`.

    python -m bench.workers.waiting [--seconds 4,20,60] [--clip FILE] [--lines 720] [--json FILE]

Talking videos asked for through HTTP on the embedded cloud, of a clip at so many lines: of a person
who is not known on a cloud that has just started (cold), then of the same person again (warm). From
the request on: until the job has claimed the task, until a first second of the film can be played
(`preview_url`), until each stage began, and until the film is there. Ratios are over the film's
own seconds. The status is asked for 50 times a second until the claim, then 5 times: more would
take a sixth of two cores from the job.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.digital_human import scaled
from bench.measuring.figures import Curve, Figures
from bench.measuring.peak_memory import PeakMemory
from bench.workers.stages import ROOT, text_of
from dh_client import Client
from infra.local.server import LocalCloud

_POLL_SECONDS = 0.02
_POLL_SECONDS_CLAIMED = 0.2
_KEEP_ALIVE_SECONDS = 60


@dataclass(slots=True)
class Wait:
    """Seconds from the request until …, and the length of the film in seconds."""

    claimed: float | None = None
    first_second: float | None = None
    """None where the film was there before a preview was."""
    done: float = 0.0
    film: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)


def main() -> int:
    """Measure, print a Markdown table, and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", default="4,20,60")
    parser.add_argument("--clip", type=Path, default=ROOT.parent / "shared/media/vr_1.mp4")
    parser.add_argument("--lines", type=int, default=720)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if not arguments.clip.exists():
        print(f"no clip at {arguments.clip}; name one with --clip", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = scaled(arguments.clip, folder / "sample.mp4", arguments.lines, None, sound=True)
        lengths = list(map(float, arguments.seconds.split(",")))
        figures = measure(clip, folder, lengths)
    if arguments.json is not None:
        figures.write(arguments.json)
    return 0


def measure(clip: Path, folder: Path, lengths: list[float]) -> Figures:
    """The first length cold and warm, the others warm."""
    figures = Figures()
    done: list[tuple[float, float]] = []
    print("| film | person | claimed, s | first second, s | done, s | over the film | stages |")
    print("|---|---|---|---|---|---|---|")
    with (
        LocalCloud(folder / "data", keep_alive_seconds=_KEEP_ALIVE_SECONDS) as cloud,
        Client(cloud.url) as client,
        httpx.Client(trust_env=False) as http,
        PeakMemory() as memory,
    ):
        sample = client.upload(clip, "video")
        runs = [("cold", lengths[0]), *(("warm", seconds) for seconds in lengths)]
        for person, seconds in runs:
            wait = wait_for(client, http, sample, text_of(seconds))
            show(person, wait)
            over = wait.done / wait.film
            figures.ratios[f"{seconds:.0f} s, {person}, done"] = over
            if wait.first_second is not None:
                figures.ratios[f"{seconds:.0f} s, {person}, first second"] = (
                    wait.first_second / wait.film
                )
            if person == "warm":
                done.append((wait.film, wait.done))
    figures.curves["done, warm"] = Curve("seconds of film", "s", done)
    print(f"\npeak memory of all of it: {memory.peak / 1024:.0f} MB")
    return figures


def wait_for(client: Client, http: httpx.Client, sample: str, text: str) -> Wait:
    """One task, watched to its end."""
    wait = Wait()
    began = time.perf_counter()
    task = client.create("digital_human", {"speech_text": text, "sample_video": sample})
    while True:
        status: Any = client.get(f"/tasks/{task}/status")
        now = time.perf_counter() - began
        if status["status"] == "processing" and wait.claimed is None:
            wait.claimed = now
        if status.get("stage"):
            wait.stages.setdefault(status["stage"], now)
        preview = status.get("preview_url")
        if preview and wait.first_second is None and seconds_listed(http, preview) >= 1:
            wait.first_second = time.perf_counter() - began
        if status["status"] in ("completed", "failed"):
            assert status["status"] == "completed", status
            wait.done, wait.film = now, float(status["result"]["duration"])
            return wait
        time.sleep(_POLL_SECONDS if wait.claimed is None else _POLL_SECONDS_CLAIMED)


def seconds_listed(http: httpx.Client, playlist: str) -> float:
    """How much an HLS playlist offers."""
    lines = http.get(playlist).text.splitlines()
    return sum(float(line[8:].split(",")[0]) for line in lines if line.startswith("#EXTINF:"))


def show(person: str, wait: Wait) -> None:
    first = "-" if wait.first_second is None else f"{wait.first_second:.1f}"
    claimed = "-" if wait.claimed is None else f"{wait.claimed:.2f}"
    stages = ", ".join(f"{name} {at:.1f}" for name, at in wait.stages.items())
    print(
        f"| {wait.film:.1f} s | {person} | {claimed} | {first} | {wait.done:.1f} "
        f"| {wait.done / wait.film:.2f} | {stages} |",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
