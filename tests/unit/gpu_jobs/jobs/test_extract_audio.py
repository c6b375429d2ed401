from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dh_core.errors import UnsupportedSound
from dh_core.files.aigc import AigcLabel
from dh_core.settings import JobSettings
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from gpu_jobs.jobs.extract_audio import ExtractAudioJob
from gpu_jobs.jobs.job import JobContext, JobOutput, StageReport
from gpu_jobs.media import ffmpeg
from gpu_jobs.telemetry.metering import Meter
from tests.unit.gpu_jobs.given import given


class Quiet:
    """Reports nothing, keeps no avatars."""

    def stage(self, name: str) -> StageReport:
        return lambda fraction: None

    def fetch(self, name: str, target: Path) -> bool:
        return False

    def store(self, name: str, archive: Path) -> None:
        return


def extract(folder: Path, *arguments: str) -> JobOutput:
    """Two seconds of picture with the sound that the arguments make."""
    video = folder / "input-video_file"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=192x108:r=25:d=2", "-pix_fmt", "yuv420p")
    argv = [ffmpeg.executable(), "-nostdin", "-v", "error", "-y", *picture[:4], *arguments]
    subprocess.run([*argv, *picture[4:], "-f", "matroska", str(video)], check=True, timeout=120)
    quiet, spec = Quiet(), ExtractAudioSpec(video_file="a.mkv")
    label = AigcLabel.for_content(producer="test", content_id="task-1")
    context = JobContext(given(spec, video_file=video), folder, quiet, label, quiet)
    job = ExtractAudioJob(JobSettings(table_name="-", bucket_name="-"))
    job.setup()
    return job.run(spec, context)


def tone(seconds: float, rate: int = 44_100) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"sine=440:r={rate}:d={seconds}")


@pytest.mark.parametrize("beginning", [0, 3600])
def test_the_sound_counts_for_as_long_as_it_is_not_as_the_picture_or_the_clock(
    tmp_path: Path, beginning: int
) -> None:
    made = extract(tmp_path, *tone(1.0), "-output_ts_offset", str(beginning))
    assert made.data["duration"] == pytest.approx(1.0, abs=0.03)
    files = {role: {"size": file.path.stat().st_size} for role, file in made.files.items()}
    usage = Meter(0).of({"files": files, "data": made.data})
    assert usage.output_ms == round(made.data["duration"] * 1000)


def test_a_rate_that_aac_has_not_is_not_claimed(tmp_path: Path) -> None:
    made = extract(tmp_path, *tone(0.5, 192_000), "-c:a", "pcm_s16le")
    assert (made.data["sample_rate"], made.data["channels"]) == (96_000, 1)


def test_a_declaration_that_cannot_be_one_is_not_passed_on(tmp_path: Path) -> None:
    half_a_pair = '{"Label":"1","ProduceID":"\\ud800"}'
    made = extract(tmp_path, *tone(0.5), "-metadata", f"AIGC={half_a_pair}")
    assert {file.label for file in made.files.values()} == {None}


def test_sixteen_channels_are_told_to_become_two(tmp_path: Path) -> None:
    many = ("-af", "pan=hexadecagonal|c0=c0|c9=c0", "-c:a", "pcm_s16le")
    with pytest.raises(UnsupportedSound, match=r"16 channels.*mono or stereo"):
        extract(tmp_path, *tone(0.5), *many)
