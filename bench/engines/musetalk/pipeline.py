"""The whole GPU engine over a clip, for bench.engines.musetalk: decode, generate, blend, encode."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.lipsync.musetalk.engine import MuseTalkEngine
from gpu_jobs.media import ffmpeg
from gpu_jobs.media.probe import probe
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.weights.store import WeightsMissing, WeightStore

ROOT = Path(__file__).resolve().parents[3]
LINES = 720
RATE = 16_000


def run(
    clip: Path,
    weights: Path,
    *,
    seconds: float,
    batch_sizes: Sequence[int],
    compiled: bool,
    threads: int,
) -> None:
    """Print frames/s of the first speech over a clip and of a second, whose frames are known.

    `weights` holds `musetalk/`; the face tracker's are linked into it from `.weights`.
    """
    if not clip.exists():
        print(f"pipeline skipped: no clip at {clip}; name one with --clip")
        return
    for file in (ROOT / ".weights").glob("face_*.tflite"):
        (weights / file.name).symlink_to(file.resolve())
    ffmpeg.configure(threads=threads)
    noise = np.random.default_rng(0).normal(scale=0.1, size=int(seconds * RATE))
    speech = Speech(noise.astype(np.float32), RATE)
    with tempfile.TemporaryDirectory() as folder:
        resized = scaled(clip, Path(folder) / "sample.mp4")
        print(f"{clip.name} at {LINES} lines, {os.cpu_count()} cores, {threads} threads")
        print(f"{'batch':>6}{'prepare s':>11}{'first/s':>9}{'second/s':>10}{'no encoder/s':>14}")
        try:
            for batch in batch_sizes:
                engine = MuseTalkEngine(
                    WeightStore(weights), threads, batch_size=batch, compiled=compiled
                )
                measure(engine, resized, speech, batch)
        except WeightsMissing as missing:
            print(f"pipeline skipped: {missing}")


def measure(engine: MuseTalkEngine, clip: Path, speech: Speech, batch: int) -> None:
    """One line of the table."""
    started = time.perf_counter()
    with engine.prepare(clip, clip.parent, lambda _: None) as avatar:
        prepared = time.perf_counter() - started
        # The first batches choose and compile kernels; the frames that they encode are forgotten.
        for _ in engine.render(avatar, Speech(speech.samples[:RATE], RATE), lambda _: None):
            continue
        avatar.latents.forget()
        rates = []
        for encoded in (True, True, False):
            started = time.perf_counter()
            frames = 0
            output = clip.with_name("result.mp4")
            if encoded:
                with VideoEncoder(
                    output, width=avatar.width, height=avatar.height, fps=avatar.fps
                ) as encoder:
                    plan = engine.plan(avatar, speech)
                    for frame in engine.draw(avatar, plan, range(len(plan)), lambda _: None):
                        encoder.write(frame)
                        frames += 1
            else:
                for _ in engine.render(avatar, speech, lambda _: None):
                    frames += 1
            rates.append(frames / (time.perf_counter() - started))
    print(
        f"{batch:>6}{prepared:>11.1f}{rates[0]:>9.1f}{rates[1]:>10.1f}{rates[2]:>14.1f}", flush=True
    )
    if torch.cuda.is_available():
        print(f"       peak {torch.cuda.max_memory_allocated() / 2**20:.0f} MB on the device")


def scaled(clip: Path, target: Path) -> Path:
    """The clip at LINES lines, at most 20 s of it."""
    video = probe(clip).video
    assert video is not None
    width = round(video.width / video.height * LINES / 2) * 2
    with (
        ffmpeg.read_frames(clip, width=width, height=LINES) as pictures,
        VideoEncoder(target, width=width, height=LINES, fps=Fraction(25)) as encoder,
    ):
        for _, picture in zip(range(500), pictures, strict=False):
            encoder.write(picture)
    return target
