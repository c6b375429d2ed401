"""Train the viseme network on the synthetic speech, export it, and print a report.

    python -m training.visemes.train [--seeds 0 1 2] [--steps 1200]

Needs torch. The shipped file is the mean of one network per seed; each alone is left in
`.cache/visemes/seed-N.onnx`, for eval/visemes.py to compare. What the report says goes, shortened,
into gpu_jobs/engines/visemes/README.md.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch

from gpu_jobs.engines.visemes.network import MODEL
from gpu_jobs.media import ffmpeg
from training.visemes import dataset, fitting, network
from training.visemes.fitting import Recipe, Score
from training.visemes.synthesise import CACHE, RATE, Utterance, read

HELD_OUT_VOICES = frozenset({"zm_yunxi", "bf_emma"})
AIM = 60
"""Minutes of speech."""
_DATA_SEED = 0


def main() -> None:
    """Train on all voices but two, and score on those."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=Recipe().steps)
    parser.add_argument("--rounds", type=int, default=2, help="augmented copies of the speech")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    ffmpeg.configure(threads=arguments.threads)
    utterances = [read(path) for path in sorted(CACHE.glob("*.npz"))]
    known = [one for one in utterances if one.voice not in HELD_OUT_VOICES]
    strange = [one for one in utterances if one.voice in HELD_OUT_VOICES]
    rng = np.random.default_rng(_DATA_SEED)
    examples = [
        example
        for _ in range(arguments.rounds)
        for example in dataset.augmented_examples(known, rng)
    ]
    tests = {
        "clean": [dataset.clean_example(one) for one in strange],
        "augmented": dataset.augmented_examples(strange, rng),
    }
    nets, scores = [], {}
    started = time.perf_counter()
    for seed in arguments.seeds:
        net = fitting.fit(examples, Recipe(seed=seed, steps=arguments.steps))
        network.export([net], CACHE / f"seed-{seed}.onnx")
        nets.append(net)
        scores[f"seed {seed}"] = {name: fitting.score([net], test) for name, test in tests.items()}
        print(f"seed {seed}: {scores[f'seed {seed}']}", flush=True)
    scores["shipped: their mean"] = {name: fitting.score(nets, t) for name, t in tests.items()}
    seconds = time.perf_counter() - started
    recipe = Recipe(steps=arguments.steps)
    network.export(nets, MODEL, license="Apache-2.0", trained_by="training.visemes.train")
    print(report(utterances, arguments.rounds, arguments.seeds, recipe, scores, seconds))


def report(
    utterances: Sequence[Utterance],
    rounds: int,
    seeds: Sequence[int],
    recipe: Recipe,
    scores: dict[str, dict[str, Score]],
    seconds: float,
) -> str:
    """The training report, in Markdown."""
    lengths: Counter[str] = Counter()
    for one in utterances:
        lengths[one.language] += len(one.samples)
    minutes = ", ".join(f"{name} {n / RATE / 60:.1f}" for name, n in sorted(lengths.items()))
    voices = len({one.voice for one in utterances})
    held_out = ", ".join(sorted(HELD_OUT_VOICES))
    spoken = sum(lengths.values()) / RATE / 60
    short = (
        "" if spoken >= AIM else f" Less than the {AIM} minutes aimed at: synthesis was cut short."
    )
    lines = [
        "# The viseme network",
        "",
        f"- Input: {network.CEPSTRA} cepstra at 100 Hz (`speech_features.cepstra`).",
        "- Output: opening, width, and the probabilities of speech and of closed lips.",
        f"- {len(seeds)} temporal convolution nets of width {recipe.width}, kernel "
        f"{network.KERNEL}, dilations {', '.join(map(str, network.DILATIONS))}; their mean.",
        f"- {MODEL.stat().st_size / 1e6:.2f} MB, weights in float16.",
        "",
        "## Speech",
        "",
        f"{spoken:.1f} minutes ({minutes}), {len(utterances)} "
        f"utterances, {voices} voices, pace 0.8 to 1.3, pitch ±25 %. {rounds} augmented copies of",
        "each: another throat (±15 % speed), room, noise, level, half of them through AAC, Opus or",
        f"a telephone. Kept out of training: {held_out}.{short}",
        "",
        "Targets: `gpu_jobs.engines.visemes.curves` from the phonemes' own times; louder syllables",
        "open wider, open mouths are wider, and the corners follow the jaw (`dataset.targets_of`).",
        "",
        "## Training",
        "",
        f"{recipe.steps} steps a network, data seed {_DATA_SEED}, "
        f"seeds {', '.join(map(str, seeds))}; "
        f"{seconds / 60:.0f} minutes in all.",
        "",
        "## Voices kept out",
        "",
        "Correlation with the true curves, and closures heard (probability over a half).",
        "",
        "| network | sound | opening | width | closures |",
        "|---|---|---|---|---|",
    ]
    for name, by_sound in scores.items():
        for sound, score in by_sound.items():
            lines.append(
                f"| {name} | {sound} | {score.opening:.3f} | {score.width:.3f} "
                f"| {score.closures:.1%} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
