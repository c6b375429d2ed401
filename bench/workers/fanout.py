"""What sharing a long video out brings, and whether it shows. Run from the repository root:

    python -m bench.workers.fanout [--seconds 180] [--fanout-seconds 60] [--clip F] [--speech F]

The same recorded speech (repeated up to the length asked for) in the same person's mouth, as whole
tasks of the embedded cloud, their jobs real processes with one thread each; the avatar is prepared
before, as for a second video of a person.

- alone: one job, on one core.
- alone, two cores: one job; its encoder, a process of its own, uses the second core in part.
- shared: fan-out with one helper, on two cores. On AWS each helper brings a machine of its own, so
  `alone` to `shared` is what a helper brings there.

Then the shared film beside the unsplit one: frames, duration, the change of picture across each
join among all changes, likeness of each frame, and the sound sample by sample. Linux only.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from bench.workers.seams import compare, compare_sound, rank
from dh_client import Client
from gpu_jobs.audio.speech import Speech
from gpu_jobs.jobs.steps.lips.segments import cut, segment_seconds
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.media.probe import probe
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.encoder import keyframe_interval
from infra.local.server import ROOT, LocalCloud

MEDIA = ROOT.parent / "shared" / "media"
RATE = 16_000
VCPUS_OF_A_JOB = 4
"""As infra/batch.yaml has it: room for two makes two processes."""


@dataclass(frozen=True, slots=True)
class Run:
    """One finished task: seconds in all and of its lips, processor seconds, helpers' segments."""

    film: Path
    wall: float
    lips: float
    cpu: float
    helped: str


def main() -> int:
    """Measure, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--fanout-seconds", type=float, default=60.0)
    parser.add_argument("--clip", type=Path, default=MEDIA / "mi_German_20s.mp4")
    parser.add_argument("--speech", type=Path, default=MEDIA / "st_chinese_news.wav")
    parser.add_argument("--keep", type=Path, help="folder for the films")
    arguments = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        print("two cores are needed")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        speech = repeated(arguments.speech, arguments.seconds, folder / "speech.wav")
        plans = (("alone", 0.0, 1), ("alone, two cores", 0.0, 2), ("shared", 1.0, 2))
        runs = {
            name: _run(
                Path(scratch) / f"cloud-{place}",
                folder / f"{name.replace(', ', '-').replace(' ', '-')}.mp4",
                arguments.clip,
                folder / "speech.wav",
                fanout_seconds=share * arguments.fanout_seconds,
                cores=set(cores[:count]),
            )
            for place, (name, share, count) in enumerate(plans)
        }
        _print_times(runs)
        return _print_seams(runs, speech, arguments.fanout_seconds)


def repeated(recording: Path, seconds: float, target: Path) -> Speech:
    """The recording again and again, `seconds` long, with a short pause in between."""
    once = np.append(read_audio(recording, RATE), np.zeros(round(0.4 * RATE), np.float32))
    samples = np.resize(once, round(seconds * RATE)).astype(np.float32)
    write_wav(target, samples, RATE)
    return Speech(read_audio(target, RATE), RATE)


def _run(
    data: Path, film: Path, clip: Path, speech: Path, *, fanout_seconds: float, cores: set[int]
) -> Run:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    environment = {
        "FANOUT_SECONDS": str(fanout_seconds),
        "FANOUT_WORKERS": "1",
        "THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    try:
        with (
            LocalCloud(data, vcpus=2 * VCPUS_OF_A_JOB, extra_environment=environment) as cloud,
            Client(cloud.url, longest_pause=1.0) as api,
        ):
            names = {
                "sample_video": api.upload(clip, "video"),
                "speech_audio": api.upload(speech, "audio"),
            }
            api.wait(api.create("avatar", {"sample_video": names["sample_video"]}))
            started = time.perf_counter()
            task_id = api.create("digital_human", names)
            ended = api.wait(task_id)
            wall = time.perf_counter() - started
            if ended.result is None:
                raise SystemExit(f"the task {ended.status}: {ended.error_message}")
            api.download(str(ended.result["video_url"]), film)
            lips = _lips_seconds(api, task_id)
            cpu = api.get(f"/tasks/{task_id}/status")["usage"]["cpu_seconds"]
    finally:
        os.sched_setaffinity(0, before)
    return Run(film, wall, lips, cpu, _helped(data))


def _lips_seconds(api: Client, task_id: str) -> float:
    """From the stage's beginning to that of the next, by the task's history."""
    events = api.get(f"/tasks/{task_id}/events")["events"]
    moments = [datetime.fromisoformat(event["time"]) for event in events]
    at = next(place for place, event in enumerate(events) if event.get("stage") == "lips")
    return (moments[at + 1] - moments[at]).total_seconds()


def _helped(data: Path) -> str:
    logs = "".join(log.read_text() for log in (data / "logs" / "jobs").glob("*.log"))
    found = re.search(r"(\d+ of \d+) segments came from helpers", logs)
    return found[1] if found else "-"


def _print_times(runs: dict[str, Run]) -> None:
    print(f"{'':18} {'wall s':>8} {'lips s':>8} {'CPU s':>8}   segments by the helper")
    for name, run in runs.items():
        print(f"{name:18} {run.wall:8.1f} {run.lips:8.1f} {run.cpu:8.1f}   {run.helped}")
    alone, two_cores, shared = runs.values()
    for name, run in (("alone", alone), ("alone, two cores", two_cores)):
        print(
            f"{name} / shared: wall {run.wall / shared.wall:.2f}, lips {run.lips / shared.lips:.2f}"
        )


def _print_seams(runs: dict[str, Run], speech: Speech, fanout_seconds: float) -> int:
    unsplit, shared = runs["alone"].film, runs["shared"].film
    video = probe(unsplit).video
    assert video is not None
    film, other = compare(shared, unsplit), compare(unsplit, shared)
    grid = keyframe_interval(video.fps)
    parts = cut(speech, film.frames, video.fps, segment_seconds(fanout_seconds), grid)
    joins = [part.start for part in parts[1:]]
    across = [join - 1 for join in joins]
    print(f"frames {film.frames} / {other.frames}, ", end="")
    print(f"seconds {float(film.seconds):.3f} / {float(other.seconds):.3f}, even {film.even}")
    for join, change, share, reference in zip(
        joins,
        film.changes[across],
        rank(film.changes, across),
        film.other_changes[across],
        strict=True,
    ):
        print(
            f"join at frame {join}: change {change:.2f} levels, larger than {share:.0%} of all "
            f"(unsplit: {reference:.2f}); PSNR to unsplit {film.likeness[join]:.1f} dB"
        )
    print(
        f"change: median {np.median(film.changes):.2f}, 99 % {np.percentile(film.changes, 99):.2f};"
        f" PSNR: median {np.median(film.likeness):.1f}, least {film.likeness.min():.1f} dB"
    )
    sound = compare_sound(shared, unsplit, [float(join / video.fps) for join in joins])
    print(
        f"sound: {'the same' if sound.same else 'DIFFERENT'} up to the end, "
        f"{sound.samples} and {sound.other_samples} samples; "
        f"largest step at joins {sound.jump_at_joins:.3f}, anywhere {sound.jump:.3f}"
    )
    return int(not sound.same or film.frames != other.frames or not film.even)


if __name__ == "__main__":
    sys.exit(main())
