"""Where the main job's processor time goes, by stage. Run from the repository root:

    python -m bench.workers.stages [--seconds 4,20,60] [--lines 512,720] [--clip FILE] [--json FILE]

A digital_human job in this process, as a worker carries it, for speeches of about so many seconds
and the clip at so many lines (by default as it is): first of a person who is not known, then of the
same one in the same, warm process. `--demo` takes the clip of `dh demo`, which is made on the spot.
Processor seconds count this process and its children (ffmpeg); over the seconds of the film they
are ratios that hold on a busy machine too, as `bench.compare` compares them. Stages that overlap
share what is used while both run: the later one's begins when it is waited for.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.digital_human import scaled
from bench.measuring.figures import Figures
from dh_core.files.aigc import AigcLabel
from dh_core.settings import JobSettings
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from gpu_jobs.jobs.digital_human import DigitalHumanJob
from gpu_jobs.jobs.job import JobContext, JobInputs, StageReport
from gpu_jobs.media import ffmpeg
from gpu_jobs.runtime.ai_label import declare
from gpu_jobs.weights.store import WeightStore
from infra.local.cli.demo_sample import make_sample

ROOT = Path(__file__).resolve().parents[2]
TEXT = "大家好，我是数字人小助手，欢迎来到我们的平台。很高兴认识你，我们将一起学习新的知识。"
CHARACTERS_PER_SECOND = 4.45


@dataclass
class Stages:
    """Wall and processor seconds by stage; implements `gpu_jobs.jobs.job.Report`."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    _current: tuple[str, float, float] | None = None

    def stage(self, name: str) -> StageReport:
        self.end()
        self._current = (name, time.perf_counter(), processor_seconds())
        return lambda _: None

    def end(self) -> None:
        """The current stage is over."""
        if self._current is not None:
            name, wall, cpu = self._current
            self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall
            self.cpu[name] = self.cpu.get(name, 0.0) + processor_seconds() - cpu
        self._current = None


@dataclass(frozen=True, slots=True)
class FolderCache:
    """What was learnt of a person, in a folder."""

    folder: Path

    def fetch(self, name: str, target: Path) -> bool:
        kept = self.folder / name
        if kept.exists():
            shutil.copy(kept, target)
        return kept.exists()

    def store(self, name: str, archive: Path) -> None:
        shutil.copy(archive, self.folder / name)


def main() -> int:
    """Measure, print a Markdown table, and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", default="4,20,60")
    parser.add_argument("--lines", type=int_list, default=[])
    parser.add_argument("--clip", type=Path, default=ROOT.parent / "shared/media/vr_1.mp4")
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if not (arguments.demo or arguments.clip.exists()):
        print(f"no clip at {arguments.clip}; name one with --clip", file=sys.stderr)
        return 1
    loading = Stages()
    loading.stage("load")
    job = loaded_job(arguments.threads)
    loading.end()
    figures = Figures()
    print(f"Models loaded in {loading.cpu['load']:.1f} processor seconds.\n")
    print("| speech | person | stage | wall, s | processor, s | for a second of film |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = demo_clip(folder) if arguments.demo else arguments.clip
        clips = {
            f", {lines} lines": scaled(source, folder / f"{lines}.mp4", lines, None, sound=True)
            for lines in arguments.lines
        } or {"": source}
        for size, clip in clips.items():
            for seconds in map(float, arguments.seconds.split(",")):
                kept = FolderCache(Path(tempfile.mkdtemp(dir=folder)))
                for person in ("new", "known"):
                    work = Path(tempfile.mkdtemp(dir=folder))
                    stages, film = measure(job, clip, seconds, work, kept)
                    figures.ratios |= shown(f"{seconds:.0f} s{size}", person, stages, film)
    if arguments.json is not None:
        figures.write(arguments.json)
    return 0


def demo_clip(folder: Path) -> Path:
    """The demo's speaking person."""
    return make_sample(folder, WeightStore(ROOT / ".weights"), with_voice=False).video


def loaded_job(threads: int) -> DigitalHumanJob:
    """With its models, on so many threads."""
    ffmpeg.configure(threads=threads)
    settings = JobSettings(
        table_name="-", bucket_name="-", weights_dir=ROOT / ".weights", threads=threads
    )
    job = DigitalHumanJob(settings)
    job.setup()
    return job


def int_list(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def text_of(seconds: float) -> str:
    """One that takes about so long to say."""
    count = round(seconds * CHARACTERS_PER_SECOND)
    return (TEXT * (count // len(TEXT) + 1))[:count]


def measure(
    job: DigitalHumanJob, clip: Path, seconds: float, folder: Path, kept: FolderCache
) -> tuple[Stages, float]:
    """One task: its stages, and the seconds of its film."""
    sample = Path(shutil.copy(clip, folder / f"sample{clip.suffix}"))
    spec = DigitalHumanSpec(speech_text=text_of(seconds), sample_video=sample.name)
    stages = Stages()
    label = AigcLabel.for_content(producer="bench", content_id="bench")
    inputs = JobInputs({spec.inputs()["sample_video"]: sample})
    stages.stage("check")
    made = job.run(spec, JobContext(inputs, folder, stages, label, kept, voices=kept))
    declare(made, stages.stage("label"))
    stages.end()
    return stages, float(made.data["duration"])


def shown(speech: str, person: str, stages: Stages, film: float) -> dict[str, float]:
    """Print a run's rows; its ratios by name: processor seconds for a second of film."""
    rows = [*stages.cpu, "all"]
    stages.wall["all"], stages.cpu["all"] = sum(stages.wall.values()), sum(stages.cpu.values())
    for name in rows:
        wall, cpu = stages.wall[name], stages.cpu[name]
        print(f"| {speech} | {person} | {name} | {wall:.1f} | {cpu:.2f} | {cpu / film:.3f} |")
    return {f"{speech}, {person}, {name}": stages.cpu[name] / film for name in rows}


def processor_seconds() -> float:
    """Of this process and its children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    sys.exit(main())
