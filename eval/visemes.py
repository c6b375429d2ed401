"""How well the viseme network, alone and without any fit, hears real mouths. From the root:

    .venv/bin/python -m eval.visemes [--clips FOLDER ...] [--models FILE ...]

Correlation of the heard with the tracked opening and width over whole clips, each at its own
offset, and over the last 30 % of each, on which nothing was tuned. Clips whose sound does not
belong to the mouth (see `sync`) are listed but not averaged. Targets: opening 0.52, width 0.38.
The default models are the shipped one and the seeds that training left in .cache/visemes.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dh_core.errors import DigitalHumanError
from gpu_jobs.audio import mel, speech_features
from gpu_jobs.audio.speech_features import FloatArray
from gpu_jobs.engines.faces.geometry import canonicalise
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.engines.lipsync.footage import sync
from gpu_jobs.engines.lipsync.footage.clip_reader import MAX_SECONDS
from gpu_jobs.engines.lipsync.footage.sync import Sync
from gpu_jobs.engines.lipsync.footage.track import track_clip
from gpu_jobs.engines.mouth.shapes import MouthModel
from gpu_jobs.engines.visemes.network import MODEL, predict
from gpu_jobs.media import ffmpeg
from gpu_jobs.weights.store import WeightStore

ROOT = Path(__file__).resolve().parents[1]
MEDIA = ROOT.parent / "shared/media"
HELD_OUT = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A tracked clip: 16 kHz `samples` (N,), smoothed `openings` and `widths` (T,)."""

    name: str
    fps: float
    samples: FloatArray
    openings: FloatArray
    widths: FloatArray
    sync: Sync


def main() -> int:
    """Print one table a model, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, nargs="+", default=[MEDIA])
    seeds = sorted((ROOT / ".cache/visemes").glob("seed-*.onnx"))
    parser.add_argument("--models", type=Path, nargs="+", default=[MODEL, *seeds])
    arguments = parser.parse_args()
    ffmpeg.configure(threads=1)
    tracker = FaceTracker(WeightStore(ROOT / ".weights"), 1)
    paths = sorted(path for folder in arguments.clips for path in folder.glob("*.mp4"))
    clips = [clip for path in paths if (clip := read(path, tracker)) is not None]
    if not clips:
        print("No speaking clips found; name a folder of them with --clips.")
        return 1
    for model in arguments.models:
        print_table(model, clips)
    return 0


def read(path: Path, tracker: FaceTracker) -> Clip | None:
    """Track a clip; None where there is no sound, no face or no speech."""
    try:
        samples = ffmpeg.read_audio(path, mel.RATE, max_seconds=MAX_SECONDS)
        with tempfile.TemporaryDirectory() as folder:
            track = track_clip(path, Path(folder), tracker, 1, lambda _: None)
            track.close()
    except DigitalHumanError as refused:
        print(f"{path.name}: {refused.message}")
        return None
    model = MouthModel.fit(canonicalise(track.meshes).points, track.usable)
    if not model.speaks:
        return None
    fps = float(track.fps)
    measured = sync.measure(samples, model.openings, track.usable, fps)
    return Clip(path.stem, fps, samples, model.openings, model.widths, measured)


def print_table(model: Path, clips: list[Clip]) -> None:
    """Each clip's scores, and the mean of the trusted ones."""
    print(f"\n### {model.stem}\n")
    print("| clip | sound | offset s | opening | width | last 30 %: opening | width |")
    print("|---|---|---|---|---|---|---|")
    trusted = []
    for clip in clips:
        offset, scores = score(clip, model)
        belongs = "its own" if clip.sync.trusted else "not this mouth's"
        sound = f"{belongs} ({clip.sync.confidence:.2f})"
        print(f"| {clip.name} | {sound} | {offset:+.2f} | " + _columns(scores))
        if clip.sync.trusted:
            trusted.append(scores)
    if trusted:
        print("| **mean, own sound** | | | " + _columns(np.mean(trusted, axis=0)))


def score(clip: Clip, model: Path) -> tuple[float, FloatArray]:
    """Best offset, and (opening, width) over the whole clip and over its end; (4,)."""
    count = min(len(clip.openings), int(len(clip.samples) / mel.RATE * clip.fps))
    times = speech_features.frame_times(count, clip.fps)
    best, scores = 0.0, np.full(4, -1.0, np.float32)
    for offset in sync.OFFSETS:
        curves = predict(clip.samples, times + offset, model)
        pairs = ((curves.opening, clip.openings), (curves.width, clip.widths))
        found = [
            float(np.corrcoef(heard[first:], true[first:count])[0, 1])
            for first in (0, round((1 - HELD_OUT) * count))
            for heard, true in pairs
        ]
        if found[0] > scores[0]:
            best, scores = float(offset), np.array(found, np.float32)
    return best, scores


def _columns(scores: FloatArray) -> str:
    return " | ".join(f"{value:.2f}" for value in scores) + " |"


if __name__ == "__main__":
    raise SystemExit(main())
