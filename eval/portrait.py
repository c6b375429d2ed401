"""How believable a speaking portrait is. Run from the repository root:

    .venv/bin/python -m eval.portrait [--portraits DIR] [--only NAME ...] [--face-width PX]

Every portrait of a folder (first frames of its clips with --clips) and NASA's portrait of Eileen
Collins say texts that we synthesise. A Markdown row each, against these limits:

- opening: correlation of the mouth tracked in the rendered frames with the viseme timeline,
  at most a frame apart (>= 0.85); heard: the same if the engine gets the sound without phonemes;
- silence: mean opening in pauses as a share of the speech maximum (<= 0.05);
- closure: share of p, b, m in which the tracked lips meet: a gap under 0.014;
- blinks: a minute, by the lids, which come within 0.4 of the photo's own gap (10-25);
- seam: gradient at the face's edge against the photo's own, the worst ring (1 is no seam);
- ms: processor time a frame on one thread, without encoding.

Videos, strips of consecutive mouths and contact sheets go to `out/portrait`; never publish them,
the faces are real people's.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eval.lipsync_judge.own_speech import TEXTS, with_pause
from eval.portrait_judge.take import FPS, watch
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.faces.geometry import FACE_SIDES
from gpu_jobs.engines.portrait import PortraitEngine
from gpu_jobs.engines.portrait.mesh.face_finder import FaceFinder
from gpu_jobs.engines.registry import PORTRAIT, SPEECH
from gpu_jobs.media import ffmpeg
from gpu_jobs.weights.store import WeightStore
from infra.local.cli.demo_sample import portrait_photo

Frame = NDArray[np.uint8]

ROOT = Path(__file__).resolve().parents[1]
PICTURES, CLIPS = {".png", ".jpg", ".jpeg", ".webp"}, {".mp4", ".mov", ".webm", ".mkv"}


@dataclass(frozen=True, slots=True)
class Score:
    """One row of the table; see the module's text."""

    portrait: str
    face: int
    opening: float
    heard: float
    silence: float
    heard_silence: float
    closure: float
    blinks: float
    seam: float
    found: float
    ms: float


def main() -> int:
    """Judge the portraits; exit status 1 if there are none."""
    arguments = _arguments()
    cv2.setNumThreads(1)
    ffmpeg.configure(threads=arguments.threads)
    weights = WeightStore(arguments.weights)
    arguments.out.mkdir(parents=True, exist_ok=True)
    speaker = SPEECH.load("kokoro", weights, arguments.threads)
    voice = speaker.default_voice()
    texts = TEXTS[: arguments.texts]
    speech = _joined(
        [with_pause(speaker.synthesise(text, voice, lambda _: None)) for text in texts]
    )
    engine, finder = PORTRAIT.load(arguments.engine, weights), FaceFinder(weights)
    names = [field.name for field in dataclasses.fields(Score)]
    print("| " + " | ".join(names) + " |\n" + "|---" * len(names) + "|", flush=True)
    scores = []
    for name, photo in _portraits(arguments):
        sized, width = _sized(photo, finder, arguments.face_width)
        label = arguments.out / (f"{name}-{width}" if arguments.face_width else name)
        scores.append(judge(name, sized, width, engine, speech, weights, label))
        cells = (getattr(scores[-1], field) for field in names)
        print("| " + " | ".join(_cell(value) for value in cells) + " |", flush=True)
    if not scores:
        print(f"no portraits in {arguments.portraits}", file=sys.stderr)
    return 0 if scores else 1


def judge(
    name: str,
    photo: Frame,
    width: int,
    engine: PortraitEngine,
    speech: Speech,
    weights: WeightStore,
    label: Path,
) -> Score:
    """Let one photo speak with its phonemes and, into `label`-heard, without them."""
    recording = Speech(speech.samples, speech.sample_rate)
    takes = []
    for said, target in ((speech, label), (recording, label.with_name(f"{label.name}-heard"))):
        frames = engine.animate(photo, None, said, FPS, lambda _: None)
        takes.append(watch(photo, frames, speech, weights, target))
    known, heard = takes
    return Score(
        name,
        width,
        known.agreement(),
        heard.agreement(),
        known.silence(),
        heard.silence(),
        known.closures(),
        known.blinks(),
        known.seam(),
        float(known.seen.found.mean()),
        known.milliseconds,
    )


def _portraits(arguments: argparse.Namespace) -> Iterator[tuple[str, Frame]]:
    """Names and BGR pictures, in the order of their names, then the astronaut."""
    for path in sorted(arguments.portraits.glob("*")):
        if arguments.only and path.stem not in arguments.only:
            continue
        picture = None
        if path.suffix.lower() in PICTURES:
            picture = cv2.imread(str(path))
        elif path.suffix.lower() in CLIPS and arguments.clips:
            picture = cv2.VideoCapture(str(path)).read()[1]
        if picture is not None:
            yield path.stem, np.asarray(picture, np.uint8)
    if not arguments.only or "astronaut" in arguments.only:
        yield "astronaut", portrait_photo(WeightStore(arguments.weights))


def _sized(photo: Frame, finder: FaceFinder, wanted: int) -> tuple[Frame, int]:
    """The photo with even sides and its face `wanted` px wide (0: as it is); that width."""
    points = finder.find(photo)
    width = float(np.linalg.norm(points[FACE_SIDES[1], :2] - points[FACE_SIDES[0], :2]))
    scale = wanted / width if wanted else 1.0
    size = [max(2, round(side * scale / 2) * 2) for side in photo.shape[1::-1]]
    quality = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(photo, size, interpolation=quality), np.uint8), round(
        width * scale
    )


def _joined(parts: list[Speech]) -> Speech:
    """One speech after the other."""
    samples = np.concatenate([part.samples for part in parts])
    starts = np.cumsum([0.0, *(part.duration for part in parts[:-1])])
    later = [part.delayed(float(start)) for part, start in zip(parts, starts, strict=True)]
    phonemes = tuple(phoneme for part in later for phoneme in part.phonemes)
    return Speech(samples, parts[0].sample_rate, phonemes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--portraits", type=Path, default=ROOT.parent / "shared/media")
    parser.add_argument("--only", nargs="*", default=[], help="names of files, without suffix")
    parser.add_argument("--clips", action="store_true", help="first frames of clips as well")
    parser.add_argument("--face-width", type=int, default=0, help="px; default: as in the photo")
    parser.add_argument("--engine", default=PORTRAIT.default, choices=list(PORTRAIT.entries))
    parser.add_argument("--texts", type=int, default=len(TEXTS), help="texts a portrait says")
    parser.add_argument("--weights", type=Path, default=ROOT / ".weights")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "out/portrait")
    return parser.parse_args()


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
