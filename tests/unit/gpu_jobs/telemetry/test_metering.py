from __future__ import annotations

import pytest

from dh_core.settings import JobSettings
from gpu_jobs.telemetry.metering import Meter


@pytest.mark.parametrize(
    ("visible", "count"),
    [(None, 0), ("void", 0), ("none", 0), ("all", 1), ("GPU-1", 1), ("GPU-1,GPU-2", 2)],
)
def test_gpus_are_counted_as_the_container_is_given_them(visible: str | None, count: int) -> None:
    settings = JobSettings(table_name="t", bucket_name="b", nvidia_visible_devices=visible)
    assert settings.gpu_count == count


def test_a_video_counts_as_output_and_as_video() -> None:
    files = {"video": {"size": 700}, "subtitle": {"size": 30}}
    used = Meter(0).of({"files": files, "data": {"duration": 4.25}})
    assert (used.output_ms, used.video_ms, used.output_bytes) == (4250, 4250, 730)


def test_sound_is_no_video() -> None:
    used = Meter(0).of({"files": {"audio": {"size": 5}}, "data": {"duration": 2.0}})
    assert (used.output_ms, used.video_ms) == (2000, 0)


def test_a_task_that_makes_no_file_makes_no_output() -> None:
    used = Meter(0).of({"files": {}, "data": {"duration": 9.0}})
    assert (used.attempts, used.output_ms, used.output_bytes) == (1, 0, 0)


def test_without_a_result_only_the_attempt_is_counted() -> None:
    used = Meter(0).of(None)
    assert (used.attempts, used.output_ms, used.output_bytes, used.gpu_ms) == (1, 0, 0, 0)


def test_a_held_gpu_is_charged_by_the_clock() -> None:
    meter = Meter(1000)
    while not meter.of(None).gpu_ms:
        continue
    assert meter.of(None).gpu_ms > 0
