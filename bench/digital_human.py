"""How fast lip-sync is, and how much memory it takes. Run from the repository root:

    python -m bench.digital_human [--clip FILE] [--threads 2] [--skip-memory] [--json FILE]
                                  [--wav2lip FOLDER]

Speed: output frames a second with encoding, for 10 s of speech over the clip, without preparing
it ("render/s") and with it ("all/s"): scaled to 720 lines, and at 1080 lines looped to 60 s.
Memory: the whole digital_human job (speech and lips) in a fresh process on the latter sample: the
peak of what it and its children hold together (PSS, sampled; Linux only). The default clip is
../shared/media/vr_1.mp4. Targets (2 cores): at 720 lines 30 frames/s, 20 with preparing; at 1080
lines 12; 1.2 GB.

With `--wav2lip`, a checkout of github.com/Rudrabha/Wav2Lip (needs torch): its lip network and its
whole pipeline on the same 720-line sample and threads, right after ours, as `wav2lip_peer`
describes. Targets: twice the frames/s of its network alone, 50 times those of its pipeline.
"""

from __future__ import annotations

import argparse
import itertools
import math
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.measuring.figures import Figures
from bench.measuring.peak_memory import PeakMemory
from dh_core.files.aigc import AigcLabel
from dh_core.settings import JobSettings
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from gpu_jobs.audio.speech import Phoneme, Speech
from gpu_jobs.engines.registry import LIPSYNC
from gpu_jobs.jobs.digital_human import DigitalHumanJob
from gpu_jobs.jobs.job import JobContext, JobInputs, StageReport
from gpu_jobs.media import ffmpeg
from gpu_jobs.media.probe import VideoInfo, probe
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.weights.store import WeightStore

if TYPE_CHECKING:
    from bench.engines.peers.wav2lip import Peer

ROOT = Path(__file__).resolve().parents[1]
SPEECH_SECONDS = 10.0
PEER_LINES = 720
TEXT = "大家好，我是数字人小助手，欢迎来到我们的平台。今天是2026年，很高兴认识你。"
Work = Callable[[Path, int], Any]
SYLLABLES = "ni_hau_ba_ma_tu_fei_pa_li_"


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", type=Path, default=ROOT.parent / "shared/media/vr_1.mp4")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--skip-memory", action="store_true")
    parser.add_argument("--wav2lip", type=Path, metavar="FOLDER")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if not arguments.clip.exists():
        print(f"no clip at {arguments.clip}; name one with --clip", file=sys.stderr)
        return 1
    if arguments.wav2lip is not None and not (arguments.wav2lip / "models/wav2lip.py").exists():
        print(f"no checkout of Rudrabha/Wav2Lip at {arguments.wav2lip}", file=sys.stderr)
        return 1
    ffmpeg.configure(threads=arguments.threads)
    figures = Figures()
    print(f"{'sample':<16}{'prepare s':>10}{'frames':>8}{'render/s':>10}{'all/s':>8}{'MB':>8}")
    cases: list[tuple[str, int, float | None]] = [("720p, own length", PEER_LINES, None)]
    if not arguments.skip_memory:
        cases.append(("1080p, 60 s", 1080, 60.0))
    for name, lines, seconds in cases:
        with tempfile.TemporaryDirectory() as folder:
            clip = scaled(arguments.clip, Path(folder) / "sample.mp4", lines, seconds)
            prepare, render, frames, peak = in_fresh_process(measure, clip, arguments.threads)
            rendered, whole = frames / render, frames / (prepare + render)
            film = SPEECH_SECONDS
            figures.ratios[f"{name}, drawing and encoding, s for a second of film"] = render / film
            figures.ratios[f"{name}, preparing, s for a second of film"] = prepare / film
            print(
                f"{name:<16}{prepare:>10.1f}{frames:>8.0f}{rendered:>10.1f}{whole:>8.1f}{peak:>8.0f}"
            )
            if lines == PEER_LINES and arguments.wav2lip is not None:
                work = partial(measure_peer, arguments.wav2lip.resolve())
                peer = in_fresh_process(work, clip, arguments.threads)
                print_peer(peer, rendered, whole)
                figures.ratios["time of Wav2Lip's network, ours over it"] = peer.network / rendered
                figures.ratios["time of Wav2Lip's pipeline, ours over it"] = peer.pipeline / whole
    if not arguments.skip_memory:
        with tempfile.TemporaryDirectory() as folder:
            clip = scaled(arguments.clip, Path(folder) / "sample.mp4", 1080, 60.0)
            seconds, peak = in_fresh_process(measure_job, clip, arguments.threads)
        print(f"whole job, 1080p, 60 s sample: {seconds:.0f} s, {peak:.0f} MB with its children")
    if arguments.json is not None:
        figures.write(arguments.json)
    return 0


def scaled(
    source: Path, output: Path, lines: int, seconds: float | None, *, sound: bool = False
) -> Path:
    """The clip with its short side at `lines`, looped up to `seconds`, with its sound or none."""
    info = probe(source).video
    assert isinstance(info, VideoInfo)
    factor = lines / min(info.width, info.height)
    width, height = (round(side * factor / 2) * 2 for side in (info.width, info.height))
    wanted = math.ceil(seconds * info.fps) if seconds else None
    with VideoEncoder(
        output,
        width=width,
        height=height,
        fps=Fraction(info.fps),
        preset="ultrafast",
        audio=source if sound else None,
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


def measure_peer(checkout: Path, clip: Path, threads: int) -> Peer:
    """The published networks on the same clip; torch is imported only here."""
    from bench.engines.peers import wav2lip as wav2lip_peer  # noqa: PLC0415

    return wav2lip_peer.measure(checkout, clip, threads)


def print_peer(peer: Peer, rendered: float, whole: float) -> None:
    """The peer's frames/s and stages, and ours (`rendered`, with preparing: `whole`) over them."""
    stages = ", ".join(f"{name} {1000 * each:.0f}" for name, each in peer.stages.items())
    print(f"  Wav2Lip's network alone: {peer.network:.1f} frames/s; its pipeline, from a few")
    print(f"  seconds of the clip: {peer.pipeline:.2f} frames/s (ms a frame: {stages})")
    print(
        f"  ours: {rendered / peer.network:.1f} times its network alone "
        f"({whole / peer.network:.1f} with preparing), {rendered / peer.pipeline:.0f} times its "
        f"pipeline ({whole / peer.pipeline:.0f} with preparing)"
    )


def in_fresh_process(work: Work, clip: Path, threads: int) -> Any:
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
    spec = DigitalHumanSpec(speech_text=TEXT, sample_video=clip.name)
    inputs = JobInputs({spec.inputs()["sample_video"]: clip})
    context = JobContext(inputs, clip.parent, Silence(), label, Forgetful())
    started = time.perf_counter()
    with PeakMemory() as memory:
        job = DigitalHumanJob(settings)
        job.setup()
        job.run(spec, context)
    return time.perf_counter() - started, memory.peak / 1024


def measure(clip: Path, threads: int) -> tuple[float, float, int, float]:
    """Seconds to prepare, seconds to render with encoding, frames, peak memory in MB."""
    ffmpeg.configure(threads=threads)
    engine = LIPSYNC.load(LIPSYNC.default, WeightStore(ROOT / ".weights"), threads)
    speech = babble()
    started = time.perf_counter()
    avatar = engine.prepare(clip, clip.parent, lambda _: None)
    prepared = time.perf_counter()
    frames = 0
    output = clip.with_name("result.mp4")
    with VideoEncoder(output, width=avatar.width, height=avatar.height, fps=avatar.fps) as encoder:
        plan = engine.plan(avatar, speech)
        for frame in engine.draw(avatar, plan, range(len(plan)), lambda _: None):
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
