"""How fast lip-sync is, and how much memory it takes. Run from the repository root:

    .venv/bin/python bench/digital_human.py [--clip FILE] [--threads 2] [--skip-memory]

Speed: output frames a second at 720 lines with encoding, for 10 s of speech over the clip, with
and without preparing it. Memory: the whole digital_human job (speech and lips) in a fresh process
on a 60 s 1080p sample, made by looping the clip: the peak of what it and its children hold
together (PSS, sampled; Linux only). The default clip is ../shared/media/vr_1.mp4. Targets (2
cores): at least 8 frames/s, at most 2 GB.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import math
import multiprocessing
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import numpy as np

from dh_core.aigc import AigcLabel
from dh_core.settings import JobSettings
from dh_core.specs import DigitalHumanSpec
from gpu_jobs.engines.lipsync import DEFAULT_ENGINE, load
from gpu_jobs.job import JobContext, StageReport
from gpu_jobs.jobs.digital_human import DigitalHumanJob
from gpu_jobs.media import ffmpeg
from gpu_jobs.media.encoder import VideoEncoder
from gpu_jobs.media.probe import VideoInfo, probe
from gpu_jobs.timeline import Phoneme, Speech
from gpu_jobs.weights import WeightStore

ROOT = Path(__file__).resolve().parents[1]
SPEECH_SECONDS = 10.0
TEXT = "大家好，我是数字人小助手，欢迎来到我们的平台。今天是2026年，很高兴认识你。"
Work = Callable[[Path, int], tuple[float, ...]]
SYLLABLES = "ni_hau_ba_ma_tu_fei_pa_li_"


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", type=Path, default=ROOT.parent / "shared/media/vr_1.mp4")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--skip-memory", action="store_true")
    arguments = parser.parse_args()
    if not arguments.clip.exists():
        print(f"no clip at {arguments.clip}; name one with --clip", file=sys.stderr)
        return 1
    ffmpeg.configure(threads=arguments.threads)
    print(f"{'sample':<16}{'prepare s':>10}{'frames':>8}{'render/s':>10}{'all/s':>8}{'MB':>8}")
    cases: list[tuple[str, int, float | None]] = [("720p, own length", 720, None)]
    if not arguments.skip_memory:
        cases.append(("1080p, 60 s", 1080, 60.0))
    for name, lines, seconds in cases:
        with tempfile.TemporaryDirectory() as folder:
            clip = scaled(arguments.clip, Path(folder) / "sample.mp4", lines, seconds)
            prepare, render, frames, peak = in_fresh_process(measure, clip, arguments.threads)
        print(
            f"{name:<16}{prepare:>10.1f}{frames:>8.0f}{frames / render:>10.1f}"
            f"{frames / (prepare + render):>8.1f}{peak:>8.0f}"
        )
    if not arguments.skip_memory:
        with tempfile.TemporaryDirectory() as folder:
            clip = scaled(arguments.clip, Path(folder) / "sample.mp4", 1080, 60.0)
            seconds, peak = in_fresh_process(measure_job, clip, arguments.threads)
        print(f"whole job, 1080p, 60 s sample: {seconds:.0f} s, {peak:.0f} MB with its children")
    return 0


def scaled(source: Path, output: Path, lines: int, seconds: float | None) -> Path:
    """The clip with its short side at `lines`, looped up to `seconds`; its sound is left out."""
    info = probe(source).video
    assert isinstance(info, VideoInfo)
    factor = lines / min(info.width, info.height)
    width, height = (round(side * factor / 2) * 2 for side in (info.width, info.height))
    wanted = math.ceil(seconds * info.fps) if seconds else None
    with VideoEncoder(
        output, width=width, height=height, fps=Fraction(info.fps), preset="ultrafast"
    ) as encoder:
        written = 0
        for _ in itertools.count():
            with ffmpeg.read_frames(source, width=width, height=height) as frames:
                for frame in itertools.islice(frames, None if wanted is None else wanted - written):
                    encoder.write(frame)
                    written += 1
            if wanted is None or written >= wanted:
                return output
    raise AssertionError("unreachable: the loop above returns")


def in_fresh_process(
    work: Callable[[Path, int], tuple[float, ...]], clip: Path, threads: int
) -> Any:
    """Run `work` where no earlier case has raised the peak of memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (clip, threads))


class Silence:
    """A report that nobody reads."""

    def stage(self, name: str) -> StageReport:
        return lambda _: None


class Forgetful:
    """An avatar cache that keeps nothing: every job prepares."""

    def fetch(self, name: str, target: Path) -> bool:
        return False

    def store(self, name: str, archive: Path) -> None:
        """Nothing is kept."""


def measure_job(clip: Path, threads: int) -> tuple[float, float]:
    """Seconds of a whole job, and the peak memory in MB of its process and children together."""
    ffmpeg.configure(threads=threads)
    settings = JobSettings(
        table_name="-", bucket_name="-", weights_dir=ROOT / ".weights", threads=threads
    )
    label = AigcLabel.for_content(producer="bench", content_id="bench")
    context = JobContext({"sample_video": clip}, clip.parent, Silence(), label, Forgetful())
    started = time.perf_counter()
    with PeakMemory() as memory:
        job = DigitalHumanJob(settings)
        job.setup()
        job.run(DigitalHumanSpec(speech_text=TEXT, sample_video=clip.name), context)
    return time.perf_counter() - started, memory.peak / 1024


class PeakMemory:
    """Samples the proportional set size (kB) of this process and its descendants."""

    def __init__(self) -> None:
        self.peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._done.wait(0.1):
            self.peak = max(self.peak, sum(map(_pss, _family(os.getpid()))))


def _family(root: int) -> set[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended while we looked
            # The name, in parentheses, may hold anything; the parent is the second field after it.
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    family = {root}
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    return family


def _pss(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def measure(clip: Path, threads: int) -> tuple[float, float, int, float]:
    """Seconds to prepare, seconds to render with encoding, frames, peak memory in MB."""
    ffmpeg.configure(threads=threads)
    engine = load(DEFAULT_ENGINE, WeightStore(ROOT / ".weights"), threads)
    speech = babble()
    started = time.perf_counter()
    avatar = engine.prepare(clip, clip.parent, lambda _: None)
    prepared = time.perf_counter()
    frames = 0
    output = clip.with_name("result.mp4")
    with VideoEncoder(output, width=avatar.width, height=avatar.height, fps=avatar.fps) as encoder:
        for frame in engine.render(avatar, speech, lambda _: None):
            encoder.write(frame)
            frames += 1
    finished = time.perf_counter()
    avatar.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return prepared - started, finished - prepared, frames, peak


def babble() -> Speech:
    """Syllables with known timing, as the speech engine would give them; the sound is a tone."""
    phonemes = []
    symbols = itertools.cycle(SYLLABLES)
    for start in np.arange(0.3, SPEECH_SECONDS - 0.3, 0.11):
        symbol = next(symbols)
        if symbol != "_":
            phonemes.append(Phoneme(symbol, float(start), float(start) + 0.11))
    time_axis = np.arange(int(SPEECH_SECONDS * 16_000)) / 16_000
    tone = 0.2 * np.sin(2 * np.pi * 180 * time_axis) * np.sin(2 * np.pi * 2.3 * time_axis)
    return Speech(tone.astype(np.float32), 16_000, tuple(phonemes))


if __name__ == "__main__":
    sys.exit(main())
