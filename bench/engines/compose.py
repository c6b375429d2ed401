"""How fast a template's person is made to speak. Run from the repository root:

    python -m bench.engines.compose [--seconds 20] [--threads 2] [--rounds 3] [--json FILE]
                                    [--moviepy PYTHON]

The demo's person before a plain background at 1080x1920, 25 frames/s, whole compose jobs from the
stored template to the finished MP4 (a recorded speech; fetching and uploading are not in it):

- animated: seconds of video made per second. Target on 2 cores: 1.
- plain (`animate: false`): beside one ffmpeg command, written by hand, that makes the same picture
  with the same encoder's settings from the same layers. Two forms of it: `ffmpeg -loop 1`, as most
  would write it, which decodes and blends every frame, and one that blends once and repeats the
  result (the `loop` filter), the fastest we know. Target: at most 1.25 times the latter.
- MoviePy doing the same, with `--moviepy`: a Python that has it (`pip install moviepy` in an
  environment of its own, for it asks for an older Pillow than ours).

Rounds take turns, so that a busy machine is unfair to all alike; the best of each is shown.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from bench.measuring.figures import Figures
from bench.measuring.peak_memory import PeakMemory
from dh_core.files.aigc import AigcLabel
from dh_core.settings import JobSettings
from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types.compose import ComposeSpec
from dh_core.specs.task_types.template import TemplateSpec
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.jobs.compose import ComposeJob
from gpu_jobs.jobs.job import JobContext, JobInputs, SavedTemplate, StageReport
from gpu_jobs.jobs.steps.template_scene import scene_of
from gpu_jobs.jobs.template import TemplateJob
from gpu_jobs.media import ffmpeg
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.scene import Scene
from gpu_jobs.weights.store import WeightStore
from infra.local.cli.demo_sample import PERSON_TEXT, portrait_photo

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / ".weights"
SIZE = (1080, 1920)
PEER = Path(__file__).with_name("peers") / "moviepy.py"


class Silence:
    """A report that nobody reads."""

    def stage(self, name: str) -> StageReport:
        return lambda _: None


class Forgetful:
    """An avatar cache that keeps nothing."""

    def fetch(self, name: str, target: Path) -> bool:
        return False

    def store(self, name: str, archive: Path) -> None:
        """Nothing is kept."""


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--moviepy", type=Path, metavar="PYTHON")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    ffmpeg.configure(threads=arguments.threads)
    settings = JobSettings(
        table_name="-", bucket_name="-", weights_dir=WEIGHTS, threads=arguments.threads
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = make_template(settings, folder)
        write_speech(folder / "speech.wav", arguments.seconds, arguments.threads)
        write_layers(scene_of(template), folder)
        job = ComposeJob(settings)
        job.setup()
        works: dict[str, Callable[[], None]] = {
            "compose, animated": lambda: compose(job, template, folder, animate=True),
            "compose, plain": lambda: compose(job, template, folder, animate=False),
            "ffmpeg, blending once": lambda: by_hand(folder, arguments, once=True),
            "ffmpeg -loop 1": lambda: by_hand(folder, arguments, once=False),
        }
        if arguments.moviepy is not None:
            works["MoviePy"] = lambda: with_moviepy(folder, arguments)
        with PeakMemory() as memory:
            compose(job, template, folder, animate=True)
        best = best_times(works, arguments.rounds)
    print_table(best, arguments.seconds)
    if arguments.json is not None:
        figures_of(best, arguments.seconds).write(arguments.json)
    print(f"peak memory of the animated job with its children: {memory.peak / 1024:.0f} MB")
    if arguments.moviepy is None:
        print("MoviePy: left out; name a Python that has it with --moviepy")
    return 0


def best_times(works: dict[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """Seconds of each work at its best, taking turns."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def print_table(best: dict[str, float], seconds: float) -> None:
    """Times, speed against real time, and against plain composition."""
    plain = best["compose, plain"]
    print(f"{'':<24}{'s':>8}{'x real time':>13}{'plain is':>22}")
    for name, took in best.items():
        ratio = "" if name.startswith("compose") else f"{plain / took:.2f} times its time"
        print(f"{name:<24}{took:>8.2f}{seconds / took:>13.2f}{ratio:>22}")


def figures_of(best: dict[str, float], seconds: float) -> Figures:
    """Seconds for a second of video, and plain composition over each peer."""
    plain = best["compose, plain"]
    figures = Figures({name: took / seconds for name, took in best.items()})
    for name, took in best.items():
        if not name.startswith("compose"):
            figures.ratios[f"compose, plain over {name}"] = plain / took
    return figures


def make_template(settings: JobSettings, folder: Path) -> SavedTemplate:
    """The demo's person, cut out by the template job, before a gradient."""
    person, background = folder / "person.png", folder / "background.png"
    cv2.imwrite(str(person), portrait_photo(WeightStore(WEIGHTS)))
    shades = np.linspace(60, 190, SIZE[1], dtype=np.uint8)[:, None, None]
    cv2.imwrite(str(background), np.broadcast_to(shades, (SIZE[1], SIZE[0], 3)))
    spec = TemplateSpec(
        person_image="p",
        background_image="b",
        title_text="数字人小助手",
        title_font_size=96,
        title_position=(100, 250),
        video_length=1,
    )
    inputs = {"person_image": person, "background_image": background}
    job = TemplateJob(settings)
    job.setup()
    made = job.run(spec, context_of(spec, inputs, folder)).template
    assert made is not None
    return SavedTemplate("t", "p", "b", made.parameters, made.person, made.background)


def context_of(
    spec: TaskSpec, uploads: dict[str, Path], folder: Path, template: SavedTemplate | None = None
) -> JobContext:
    """`uploads`: by field of the spec."""
    label = AigcLabel.for_content(producer="bench", content_id="bench")
    found = {file: uploads[name] for name, file in spec.inputs().items()}
    inputs = JobInputs(found, template=template)
    return JobContext(inputs, folder, Silence(), label, Forgetful())


def write_speech(path: Path, seconds: float, threads: int) -> None:
    """The demo's sentences over and over."""
    engine = KokoroEngine(WeightStore(WEIGHTS), threads)
    engine.setup()
    speech = engine.synthesise(PERSON_TEXT, engine.default_voice(), lambda _: None)
    count = round(seconds * speech.sample_rate)
    write_wav(path, np.resize(np.asarray(speech.samples), count), speech.sample_rate)


def write_layers(scene: Scene, folder: Path) -> None:
    """What the peers lay over each other: backdrop, figure, and title with label."""
    cv2.imwrite(str(folder / "backdrop.png"), scene.backdrop)
    cv2.imwrite(str(folder / "figure.png"), scene.figure)
    text = np.zeros((scene.size[1], scene.size[0], 4), np.uint8)
    for layer in (scene.title, scene.label):
        if layer is not None:
            height, width = layer.pixels.shape[:2]
            text[layer.y : layer.y + height, layer.x : layer.x + width] = layer.pixels
    cv2.imwrite(str(folder / "text.png"), text)


def compose(job: ComposeJob, template: SavedTemplate, folder: Path, *, animate: bool) -> None:
    spec = ComposeSpec(template_id="t", audio_file="a", animate=animate)
    job.run(spec, context_of(spec, {"audio_file": folder / "speech.wav"}, folder, template))


def by_hand(folder: Path, arguments: argparse.Namespace, *, once: bool) -> None:
    """One ffmpeg command with the job's settings of the encoder."""
    argv = [ffmpeg.executable(), "-nostdin", "-loglevel", "error", "-y"]
    for name in ("backdrop.png", "figure.png", "text.png"):
        argv += [] if once else ["-loop", "1"]
        argv += ["-framerate", "25", "-i", str(folder / name)]
    graph = "[0][1]overlay[a];[a][2]overlay,scale=out_color_matrix=bt709:out_range=tv"
    graph += ",format=yuv420p" + (",loop=-1:1:0" if once else "") + "[v]"
    argv += ["-i", str(folder / "speech.wav"), "-filter_complex", graph]
    argv += ["-map", "[v]", "-map", "3:a", "-t", str(arguments.seconds)]
    argv += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", "50"]
    argv += ["-threads", str(arguments.threads), "-c:a", "aac", "-b:a", "160k"]
    argv += ["-movflags", "+faststart", str(folder / "by-hand.mp4")]
    subprocess.run(argv, check=True)


def with_moviepy(folder: Path, arguments: argparse.Namespace) -> None:
    seconds, threads = str(arguments.seconds), str(arguments.threads)
    python = str(arguments.moviepy)
    subprocess.run([python, str(PEER), str(folder), seconds, threads], check=True)


if __name__ == "__main__":
    raise SystemExit(main())
