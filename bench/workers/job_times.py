"""The seconds that simulation/scale_model/service_times.json takes from nowhere else.

    python -m bench.workers.job_times [--threads 1] [--clip FILE]     (from the repository's root)

Each job in a fresh process: `start`, the interpreter and the runner's imports; `load`, the job
made and set up, its models in memory; `run`, one task; `again`, the same task by the warm job;
`label`, the declaration written and read back. Wall time, and the processor's time of the process
and its children in brackets: go by that on a busy machine. The clip is
../shared/media/mi_German_20s.mp4 unless named.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.digital_human import TEXT, in_fresh_process
from bench.engines.compose import context_of, make_template, write_speech
from dh_core.settings import JobSettings
from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types.avatar import AvatarSpec
from dh_core.specs.task_types.compose import ComposeSpec
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.specs.task_types.template import TemplateSpec
from dh_core.specs.task_types.voice import VoiceSpec
from gpu_jobs.jobs import make_job
from gpu_jobs.media import ffmpeg
from gpu_jobs.runtime.ai_label import declare
from gpu_jobs.weights.store import WeightStore
from infra.local.cli.demo_sample import portrait_photo

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / ".weights"
KINDS = ("extract_audio", "template", "compose", "voice", "digital_human", "avatar")


class Laps:
    """Prints the seconds since its last line."""

    def __init__(self, name: str) -> None:
        print(f"{name:<16}", end="", flush=True)
        self._last = (time.perf_counter(), _processor())

    def lap(self, name: str) -> None:
        wall, used = time.perf_counter(), _processor()
        print(
            f"{name} {wall - self._last[0]:.2f} ({used - self._last[1]:.2f})  ", end="", flush=True
        )
        self._last = (wall, used)


def main() -> int:
    """Measure and print, a line a job."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", type=Path, default=ROOT.parent / "shared/media/mi_German_20s.mp4")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    if not arguments.clip.exists():
        print(f"no clip at {arguments.clip}; name one with --clip", file=sys.stderr)
        return 1
    os.environ |= {"OMP_NUM_THREADS": str(arguments.threads)}
    laps = Laps("process")
    subprocess.run([sys.executable, "-c", "import boto3, gpu_jobs.__main__"], check=True)
    laps.lap("start")
    print()
    for kind in KINDS:
        in_fresh_process(_measurer(kind), arguments.clip, arguments.threads)
    return 0


def _measurer(kind: str) -> Callable[[Path, int], None]:
    return {
        "extract_audio": measure_extract,
        "voice": measure_voice,
        "template": measure_template,
        "compose": measure_compose,
        "digital_human": measure_video,
        "avatar": measure_avatar,
    }[kind]


def measure_extract(clip: Path, threads: int) -> None:
    measure("extract_audio", ExtractAudioSpec(video_file="v"), {"video_file": clip}, threads)


def measure_voice(clip: Path, threads: int) -> None:
    """Three times the demo's text."""
    measure("voice", VoiceSpec(text=TEXT * 3), {}, threads)


def measure_video(clip: Path, threads: int) -> None:
    spec = DigitalHumanSpec(speech_text=TEXT, sample_video="v")
    measure("digital_human", spec, {"sample_video": clip}, threads)


def measure_avatar(clip: Path, threads: int) -> None:
    measure("avatar", AvatarSpec(sample_video="v"), {"sample_video": clip}, threads)


def measure_template(clip: Path, threads: int) -> None:
    """A preview of ten seconds."""
    import cv2  # noqa: PLC0415 - after the children have their threads
    import numpy as np  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as name:
        person, background = Path(name) / "person.png", Path(name) / "background.png"
        cv2.imwrite(str(person), portrait_photo(WeightStore(WEIGHTS)))
        cv2.imwrite(str(background), np.full((1920, 1080, 3), 120, np.uint8))
        spec = TemplateSpec(
            person_image="p",
            background_image="b",
            title_text="数字人小助手",
            title_font_size=96,
            title_position=(100, 250),
            video_length=10,
        )
        inputs = {"person_image": person, "background_image": background}
        measure("template", spec, inputs, threads)


def measure_compose(clip: Path, threads: int) -> None:
    """Ten seconds of a recording, animated."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = make_template(_settings(threads), folder)
        write_speech(folder / "speech.wav", 10.0, threads)
        laps = Laps("compose")
        job = make_job(ComposeSpec(template_id="t", audio_file="a"), _settings(threads))
        job.setup()
        laps.lap("load")
        spec = ComposeSpec(template_id="t", audio_file="a")
        job.run(spec, context_of(spec, {"audio_file": folder / "speech.wav"}, folder, template))
        laps.lap("run")
        print()


def measure(kind: str, spec: TaskSpec, inputs: dict[str, Path], threads: int) -> None:
    """Load, run, label, run again."""
    ffmpeg.configure(threads=threads)
    with tempfile.TemporaryDirectory() as name:
        context = context_of(spec, inputs, Path(name))
        laps = Laps(kind)
        job = make_job(spec, _settings(threads))
        job.setup()
        laps.lap("load")
        output = job.run(spec, context)
        laps.lap("run")
        declare(output, lambda _: None)
        laps.lap("label")
        job.run(spec, context)
        laps.lap("again")
        print(f"output {output.data.get('duration', 0):.1f} s")


def _settings(threads: int) -> JobSettings:
    return JobSettings(table_name="-", bucket_name="-", weights_dir=WEIGHTS, threads=threads)


def _processor() -> float:
    return sum(os.times()[:4])


if __name__ == "__main__":
    sys.exit(main())
