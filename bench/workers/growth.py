"""How time and memory grow: `python -m bench.workers.growth` (from the repository's root).

    python -m bench.workers.growth [--film 4,20,60,300] [--sample 5,15,30,60] [--json FILE]

A talking video of a known person by the seconds of its film, and preparing a sample by its seconds,
each in a process of its own: time, and the peak of what it and its children hold.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.digital_human import in_fresh_process, scaled
from bench.measuring.figures import Curve, Figures
from bench.measuring.peak_memory import PeakMemory
from bench.workers.stages import ROOT, FolderCache, int_list, loaded_job, measure
from gpu_jobs.engines.registry import LIPSYNC
from gpu_jobs.media import ffmpeg
from gpu_jobs.weights.store import WeightStore


def main() -> int:
    """Measure, print a Markdown table, and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--film", type=int_list, default=[4, 20, 60, 300])
    parser.add_argument("--sample", type=int_list, default=[5, 15, 30, 60])
    parser.add_argument("--clip", type=Path, default=ROOT.parent / "shared/media/vr_1.mp4")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if not arguments.clip.exists():
        print(f"no clip at {arguments.clip}; name one with --clip", file=sys.stderr)
        return 1
    figures = Figures()
    print("| | seconds | time, s | peak, MB |\n|---|---|---|---|")
    rows = []
    for seconds in arguments.film:
        work = partial(film, seconds)
        rows.append(in_fresh_process(work, arguments.clip, arguments.threads))
        length, took, peak = rows[-1]
        print(f"| film | {length:.0f} | {took:.1f} | {peak:.0f} |", flush=True)
    add(figures, "film", rows)
    rows = []
    for seconds in arguments.sample:
        with tempfile.TemporaryDirectory() as folder:
            clip = scaled(arguments.clip, Path(folder) / "sample.mp4", 720, seconds)
            rows.append(in_fresh_process(partial(sample, seconds), clip, arguments.threads))
        length, took, peak = rows[-1]
        print(f"| sample | {length:.0f} | {took:.1f} | {peak:.0f} |", flush=True)
    add(figures, "sample", rows)
    if arguments.json is not None:
        figures.write(arguments.json)
    return 0


def add(figures: Figures, name: str, rows: list[tuple[float, float, float]]) -> None:
    """As curves, and the longest over the shortest."""
    x = f"seconds of {name}"
    figures.curves[f"{name}: time"] = Curve(x, "s", [(length, took) for length, took, _ in rows])
    figures.curves[f"{name}: memory"] = Curve(x, "MB", [(length, peak) for length, _, peak in rows])
    (short, quick, small), (long, slow, large) = rows[0], rows[-1]
    figures.ratios[f"{name}: seconds for a second, longest over shortest"] = (
        slow / long * short / quick
    )
    figures.ratios[f"{name}: memory, longest over shortest"] = large / small


def film(seconds: int, clip: Path, threads: int) -> tuple[float, float, float]:
    """Seconds of the film, seconds that it took, and MB."""
    job = loaded_job(threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for work in ("kept", "before", "work"):
            (folder / work).mkdir()
        kept = FolderCache(folder / "kept")
        measure(job, clip, 2, folder / "before", kept)
        with PeakMemory() as memory:
            stages, length = measure(job, clip, seconds, folder / "work", kept)
    return length, sum(stages.wall.values()), memory.peak / 1024


def sample(seconds: int, clip: Path, threads: int) -> tuple[float, float, float]:
    """Seconds of the sample, seconds that preparing it took, and MB."""
    ffmpeg.configure(threads=threads)
    engine = LIPSYNC.load(LIPSYNC.default, WeightStore(ROOT / ".weights"), threads)
    with PeakMemory() as memory, tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        engine.prepare(clip, Path(folder), lambda _: None).close()
        took = time.perf_counter() - began
    return float(seconds), took, memory.peak / 1024


if __name__ == "__main__":
    sys.exit(main())
