"""How believable the lips are, on real clips. Run from the repository root:

    .venv/bin/python -m eval.lipsync [--clips DIR] [--engine NAME ...] [--mode reenact|own|both]

Two experiments, a Markdown table each, and pictures in `out/judge` (contact sheets, strips of
consecutive frames, side-by-side videos; of own speech only with `--films`; never publish them, the
faces are real people's):

- reenact: an engine gets the first 70 % of a clip and the sound of the rest; the mouth it renders
  is tracked and compared with the true one, beside a frozen mouth and random other moments.
- own: every person says texts that we synthesise, whose phonemes are known.

How each number is measured stands in eval/lipsync_judge/measures.py.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

from eval.lipsync_judge.own_speech import TEXTS, OwnSpeechScore, judge_person, with_pause
from eval.lipsync_judge.reenact import NothingToJudge, Score, judge_clip
from gpu_jobs.engines.lipsync import LipSyncEngine
from gpu_jobs.engines.registry import LIPSYNC, SPEECH
from gpu_jobs.media import ffmpeg
from gpu_jobs.weights.store import WeightStore

ROOT = Path(__file__).resolve().parents[1]
SUFFIXES = {".mp4", ".mov", ".webm", ".mkv"}
FOREIGN_SOUND = ("ls_demo1",)
"""Clips whose sound does not belong to the mouth, by their manifest: left out of the means."""


def main() -> int:
    """Judge the clips; exit status 1 if there are none."""
    arguments = _arguments()
    folders = [arguments.clips] if arguments.clips else [ROOT.parent / "shared/media"]
    clips = [
        path
        for folder in folders
        for path in sorted(folder.glob("*"))
        if path.suffix.lower() in SUFFIXES and (not arguments.only or path.stem in arguments.only)
    ]
    if not clips:
        print(f"no clips in {folders[0]}; name a folder with --clips", file=sys.stderr)
        return 1
    ffmpeg.configure(threads=arguments.threads)
    weights = WeightStore(arguments.weights)
    engines = {name: LIPSYNC.load(name, weights, arguments.threads) for name in arguments.engine}
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.mode in ("reenact", "both"):
        _reenact(clips, engines, weights, arguments)
    if arguments.mode in ("own", "both"):
        _own_speech(clips, engines, weights, arguments)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, help="a folder; default ../shared/media")
    parser.add_argument("--only", nargs="*", default=[], help="names of clips, without suffix")
    # Other engines need weights that only an operator has, so they are judged when named.
    parser.add_argument(
        "--engine", nargs="*", default=[LIPSYNC.default], choices=list(LIPSYNC.entries)
    )
    parser.add_argument("--mode", choices=("reenact", "own", "both"), default="both")
    parser.add_argument("--texts", type=int, default=len(TEXTS), help="texts a person says")
    parser.add_argument("--films", action="store_true", help="of own speech, beside the source")
    parser.add_argument("--foreign-sound", nargs="*", default=list(FOREIGN_SOUND))
    parser.add_argument("--weights", type=Path, default=ROOT / ".weights")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "out/judge")
    return parser.parse_args()


def _reenact(
    clips: list[Path],
    engines: dict[str, LipSyncEngine[Any, Any]],
    weights: WeightStore,
    arguments: argparse.Namespace,
) -> None:
    rows: list[Score] = []
    _print_header(Score)
    for clip in clips:
        try:
            judged = judge_clip(clip, engines, weights, arguments.out)
        except NothingToJudge as reason:
            print(f"| {clip.stem} | left out: {reason} |", flush=True)
            continue
        if clip.stem not in arguments.foreign_sound:
            rows += judged
        for row in judged:
            _print_row(row)
    for system in dict.fromkeys(row.system for row in rows):
        _print_mean([row for row in rows if row.system == system])


def _own_speech(
    clips: list[Path],
    engines: dict[str, LipSyncEngine[Any, Any]],
    weights: WeightStore,
    arguments: argparse.Namespace,
) -> None:
    speaker = SPEECH.load("kokoro", weights, arguments.threads)
    voice = speaker.default_voice()
    texts = TEXTS[: arguments.texts]
    speeches = [with_pause(speaker.synthesise(text, voice, lambda _: None)) for text in texts]
    rows: list[OwnSpeechScore] = []
    print()
    _print_header(OwnSpeechScore)
    for clip in clips:
        judged = judge_person(clip, engines, speeches, weights, arguments.out, arguments.films)
        rows += judged
        for row in judged:
            _print_row(row)
    for system in dict.fromkeys(row.system for row in rows):
        _print_mean([row for row in rows if row.system == system])


def _print_header(kind: type[Any]) -> None:
    names = [field.name for field in dataclasses.fields(kind)]
    print("| " + " | ".join(names) + " |\n" + "|---" * len(names) + "|", flush=True)


def _print_row(row: Any) -> None:
    cells = (_cell(field.name, getattr(row, field.name)) for field in dataclasses.fields(row))
    print("| " + " | ".join(cells) + " |", flush=True)


def _print_mean(rows: list[Any]) -> None:
    """The mean of every number over clips in which it could be said."""
    values = dataclasses.asdict(rows[0])
    labels = {"clip": f"mean of {len(rows)}", "text": "all"}
    for name, value in values.items():
        if isinstance(value, float):
            known = [getattr(row, name) for row in rows if not math.isnan(getattr(row, name))]
            values[name] = float(np.mean(known)) if known else math.nan
    _print_row(type(rows[0])(**values | {name: labels[name] for name in labels if name in values}))


def _cell(name: str, value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "-"
    return f"{value:.4f}" if name == "lmd" else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())
