"""What an attempt took, written when it ends, however it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from dh_core.cloud.metrics import CPU_SECONDS, GPU_SECONDS, OUTPUT_SECONDS, STAGE_SECONDS, Metric
from dh_core.tasks.usage import Usage
from gpu_jobs.telemetry import metrics
from gpu_jobs.telemetry.gpu_watch import GpuWatch
from gpu_jobs.telemetry.metering import Meter

_MILLISECONDS: Final = 1000


@contextmanager
def measured(task_type: str, meter: Meter, gpu_count: int) -> Iterator[None]:
    """The block carries an attempt; its processor and GPU time is written at its end."""
    with GpuWatch(gpu_count) as watch:
        try:
            yield
        finally:
            usage = meter.of(None)
            values: dict[Metric, float] = {CPU_SECONDS: usage.cpu_ms / _MILLISECONDS}
            if gpu_count:
                values |= {GPU_SECONDS: usage.gpu_ms / _MILLISECONDS, **watch.values()}
            metrics.write(values, task_type=task_type)


def completed(task_type: str, stages: Mapping[str, float], usage: Usage) -> None:
    """Write how long each stage of a completed task took, in seconds, and what came of it."""
    for stage, seconds in stages.items():
        metrics.write({STAGE_SECONDS: seconds}, task_type=task_type, stage=stage)
    if usage.output_ms:
        metrics.write({OUTPUT_SECONDS: usage.output_ms / _MILLISECONDS}, task_type=task_type)
