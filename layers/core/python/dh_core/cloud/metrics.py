"""The project's own metrics: what they are called, and the line that carries them.

A line is a JSON document in CloudWatch's embedded metric format on standard output; CloudWatch
Logs turns it into data points, whether Lambda or a container's awslogs driver sends it (Amazon
CloudWatch User Guide, "Specification: Embedded metric format"; "Using the PutLogEvents API to send
manually-created embedded metric format logs": the format header is optional).

Functions and jobs share this one list, so that what a dashboard names is what is written. Each
value of each set of dimensions is a metric of its own that CloudWatch charges for, so the sets are
few, and a task's id is no dimension but a field of the line, for Logs Insights.
"""

from __future__ import annotations

import json
import logging
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Any, Final

from dh_core.clock import Clock, system_clock

logger = logging.getLogger(__name__)


class Unit(StrEnum):
    """CloudWatch's units that are used here."""

    COUNT = "Count"
    SECONDS = "Seconds"
    PERCENT = "Percent"
    MEGABYTES = "Megabytes"


@dataclass(frozen=True, slots=True)
class Metric:
    """`dimensions` are the sets under which CloudWatch keeps it; `()` is the total over all."""

    name: str
    unit: Unit
    dimensions: tuple[tuple[str, ...], ...]


_TOTAL: Final[tuple[str, ...]] = ()
_BY_TYPE: Final = ("task_type",)
_BY_LANE: Final = ("lane",)
_BY_CODE: Final = ("error_code",)

TASKS_ACCEPTED: Final = Metric("TasksAccepted", Unit.COUNT, (_TOTAL, _BY_TYPE))
TASKS_REJECTED: Final = Metric("TasksRejected", Unit.COUNT, (_BY_CODE,))
UPLOADS_REJECTED: Final = Metric("UploadsRejected", Unit.COUNT, (_BY_CODE,))
TASKS_COMPLETED: Final = Metric("TasksCompleted", Unit.COUNT, (_TOTAL, _BY_TYPE))
TASKS_FAILED: Final = Metric("TasksFailed", Unit.COUNT, (("fault",), _BY_CODE, _BY_TYPE))
"""`fault` is `ours` or `input`."""
TASKS_CANCELLED: Final = Metric("TasksCancelled", Unit.COUNT, (_TOTAL,))
LOST_ATTEMPTS: Final = Metric("LostAttempts", Unit.COUNT, (_BY_LANE,))
"""An attempt died with its machine, or said that the next may succeed."""
JOB_RESTARTS: Final = Metric("JobRestarts", Unit.COUNT, (_BY_LANE,))
"""AWS Batch started the same attempt again."""

WARM_STARTS: Final = Metric("WarmStarts", Unit.COUNT, (_BY_LANE,))
"""Tasks that a warm worker claimed, instead of a job of their own."""

WAIT_SECONDS: Final = Metric("WaitSeconds", Unit.SECONDS, (_BY_LANE,))
"""From being enqueued to the start of the job."""
RUN_SECONDS: Final = Metric("RunSeconds", Unit.SECONDS, (_BY_TYPE,))
"""From the start of the job to the end of the task."""
QUEUE_AGE_SECONDS: Final = Metric("QueueAgeSeconds", Unit.SECONDS, (_BY_LANE,))
"""How long the first in the queue has waited; 0 when none does: there is always a value."""
QUEUE_DEPTH: Final = Metric("QueueDepth", Unit.COUNT, (_BY_LANE,))
"""Tasks that wait for a worker."""

STAGE_SECONDS: Final = Metric("StageSeconds", Unit.SECONDS, (("task_type", "stage"),))
MODEL_LOAD_SECONDS: Final = Metric("ModelLoadSeconds", Unit.SECONDS, (("engine",),))
OUTPUT_SECONDS: Final = Metric("OutputSeconds", Unit.SECONDS, (_BY_TYPE,))
"""Length of the sound or video that was made."""
CPU_SECONDS: Final = Metric("CpuSeconds", Unit.SECONDS, (_BY_TYPE,))
GPU_SECONDS: Final = Metric("GpuSeconds", Unit.SECONDS, (_BY_TYPE,))
"""For how long attempts held GPUs, whether they computed or not."""
GPU_UTILISATION: Final = Metric("GpuUtilisation", Unit.PERCENT, (_TOTAL,))
GPU_MEMORY_PEAK: Final = Metric("GpuMemoryPeak", Unit.MEGABYTES, (_TOTAL,))

WEBHOOK_ATTEMPTS: Final = Metric("WebhookAttempts", Unit.COUNT, (_TOTAL,))
WEBHOOK_FAILURES: Final = Metric("WebhookFailures", Unit.COUNT, (_TOTAL,))
WEBHOOKS_GIVEN_UP: Final = Metric("WebhooksGivenUp", Unit.COUNT, (_TOTAL,))

ALL: Final = tuple(value for value in list(globals().values()) if isinstance(value, Metric))


@dataclass(frozen=True, slots=True)
class Metrics:
    """Writes values. Without a namespace nobody reads them, and nothing is written."""

    namespace: str | None = None
    clock: Clock = system_clock

    def write(self, values: Mapping[Metric, float], **fields: str) -> None:
        """One line for values taken together.

        `fields` must hold the dimensions of all of them, and may hold more. Raises KeyError.
        """
        if self.namespace is None or not values:
            return
        document = _document(self.namespace, self.clock(), values, fields)
        try:
            # One call, so that the lines of two threads never mix.
            sys.stdout.write(json.dumps(document, separators=(",", ":")) + "\n")
            sys.stdout.flush()
        except OSError:
            # What is counted has happened: a full pipe must not undo it.
            logger.exception("a metric was lost")

    @contextmanager
    def timed(self, metric: Metric, **fields: str) -> Iterator[None]:
        """Write the seconds that the block took, unless it raised."""
        started = monotonic()
        yield
        self.write({metric: monotonic() - started}, **fields)


def _document(
    namespace: str, now: float, values: Mapping[Metric, float], fields: Mapping[str, str]
) -> dict[str, Any]:
    together: dict[tuple[tuple[str, ...], ...], list[Metric]] = defaultdict(list)
    for metric in values:
        together[metric.dimensions].append(metric)
    directives = [
        {
            "Namespace": namespace,
            "Dimensions": sets,
            "Metrics": [{"Name": metric.name, "Unit": metric.unit} for metric in metrics],
        }
        for sets, metrics in together.items()
    ]
    named = {name for metric in values for names in metric.dimensions for name in names}
    return {
        "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": directives},
        **fields,
        **{name: fields[name] for name in named},
        **{metric.name: round(value, 3) for metric, value in values.items()},
    }
