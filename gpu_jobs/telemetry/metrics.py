"""The metrics of this process, set up once at its start as its log is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dh_core.cloud.metrics import MODEL_LOAD_SECONDS, Metric, Metrics
from gpu_jobs.telemetry.log_context import current_task


class _Process:
    metrics = Metrics()


def configure(metrics: Metrics) -> None:
    """From now on values are written by `metrics`; until then none are."""
    _Process.metrics = metrics


def write(values: Mapping[Metric, float], **fields: str) -> None:
    """See `Metrics.write`. The line names the current task."""
    _Process.metrics.write(values, **_task(), **fields)


@contextmanager
def loading(engine: str) -> Iterator[None]:
    """The block imports an engine and loads its models."""
    with _Process.metrics.timed(MODEL_LOAD_SECONDS, engine=engine, **_task()):
        yield


def _task() -> dict[str, str]:
    task = current_task()
    return {"task_id": task.task_id, "attempt": str(task.attempt)} if task else {}
